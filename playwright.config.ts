import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suiteConfiguration } from './contracts/suite/configuration.ts';

export default suiteConfiguration(dirname(fileURLToPath(import.meta.url)));
