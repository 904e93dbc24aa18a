import packageFile from '../../package.json' with { type: 'json' };

/** The contract that is used where none is named: said in one place, the package's own data. */
export const DEFAULT_CONTRACT = packageFile.assay.contract;
