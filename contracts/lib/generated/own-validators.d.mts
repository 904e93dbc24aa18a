import type { Validate } from '../validator.ts';

export declare const validators: Readonly<
  Record<'https://json-schema.org/draft/2020-12/schema' | 'operation.schema.json', Validate>
>;
