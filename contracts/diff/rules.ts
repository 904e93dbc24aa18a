/**
 * The rules of the comparison. Ids are stable: a program may rely on them. A rule of a schema is its kind with the
 * direction before it, `request-required-added`; all other rules are listed whole.
 */
export type Direction = 'request' | 'response';
export type Level = 'breaking' | 'warning' | 'info';
export type Policy = 'pragmatic' | 'strict';

/** Kinds of change in a schema, with what each says. */
export const CHANGE_KINDS = {
  'type-widened': 'accepts further types',
  'type-narrowed': 'accepts fewer types',
  'type-changed': 'is of another type',
  'nullable-added': 'may be null now',
  'nullable-removed': 'may no longer be null',
  'enum-added': 'is restricted to a list of values',
  'enum-removed': 'is no longer restricted to a list of values',
  'enum-value-added': 'has new values in its list',
  'enum-value-removed': 'lost values from its list',
  'minimum-added': 'has a minimum now',
  'minimum-removed': 'has no minimum any more',
  'minimum-raised': 'has a higher minimum',
  'minimum-lowered': 'has a lower minimum',
  'maximum-added': 'has a maximum now',
  'maximum-removed': 'has no maximum any more',
  'maximum-raised': 'has a higher maximum',
  'maximum-lowered': 'has a lower maximum',
  'multiple-of-added': 'must be a multiple now',
  'multiple-of-removed': 'need not be a multiple any more',
  'multiple-of-changed': 'must be a multiple of something else',
  'min-length-added': 'has a least length now',
  'min-length-removed': 'has no least length any more',
  'min-length-raised': 'has a greater least length',
  'min-length-lowered': 'has a smaller least length',
  'max-length-added': 'has a greatest length now',
  'max-length-removed': 'has no greatest length any more',
  'max-length-raised': 'has a greater greatest length',
  'max-length-lowered': 'has a smaller greatest length',
  'pattern-added': 'must match a pattern now',
  'pattern-removed': 'need not match a pattern any more',
  'pattern-changed': 'must match another pattern',
  'format-added': 'must be of a format now',
  'format-removed': 'need not be of a format any more',
  'format-changed': 'must be of another format',
  'min-items-added': 'has a least number of items now',
  'min-items-removed': 'has no least number of items any more',
  'min-items-raised': 'needs more items',
  'min-items-lowered': 'needs fewer items',
  'max-items-added': 'has a greatest number of items now',
  'max-items-removed': 'has no greatest number of items any more',
  'max-items-raised': 'may have more items',
  'max-items-lowered': 'may have fewer items',
  'unique-items-added': 'must have different items now',
  'unique-items-removed': 'may have equal items now',
  'unique-items-changed': 'has another rule on equal items',
  'items-closed': 'may have no further items',
  'items-opened': 'may have further items',
  'contains-added': 'must contain certain items now',
  'contains-removed': 'need not contain certain items any more',
  'contains-changed': 'must contain other items, or another number of them',
  'required-added': 'is required now',
  'required-removed': 'is no longer required',
  'property-added': 'is a new property',
  'property-removed': 'is no longer a property',
  'required-property-added': 'is a new property, and required',
  'required-property-removed': 'is no longer a property, and was required',
  'additional-properties-closed': 'accepts no other properties any more',
  'additional-properties-opened': 'accepts other properties now',
  'additional-properties-changed': 'holds other properties to another schema',
  'pattern-properties-added': 'has a schema for properties of a pattern now',
  'pattern-properties-removed': 'has no schema for properties of a pattern any more',
  'property-names-added': 'restricts the names of properties now',
  'property-names-removed': 'does not restrict the names of properties any more',
  'property-names-changed': 'restricts the names of properties differently',
  'min-properties-added': 'has a least number of properties now',
  'min-properties-removed': 'has no least number of properties any more',
  'min-properties-raised': 'needs more properties',
  'min-properties-lowered': 'needs fewer properties',
  'max-properties-added': 'has a greatest number of properties now',
  'max-properties-removed': 'has no greatest number of properties any more',
  'max-properties-raised': 'may have more properties',
  'max-properties-lowered': 'may have fewer properties',
  'dependencies-added': 'has properties that depend on others now',
  'dependencies-removed': 'has no properties that depend on others any more',
  'dependencies-changed': 'has properties that depend on others differently',
  'union-added': 'must be one of several schemas now',
  'union-removed': 'need not be one of several schemas any more',
  'union-changed': 'must be one of other schemas',
  'union-member-added': 'may be of one more schema',
  'union-member-removed': 'may be of one schema less',
  'not-added': 'must not be of a schema now',
  'not-removed': 'may be of a schema that was forbidden',
  'not-changed': 'must not be of another schema',
  'conditional-added': 'has a condition now',
  'conditional-removed': 'has no condition any more',
  'conditional-changed': 'has another condition',
  'unevaluated-changed': 'treats properties or items that no branch knows differently',
  'schema-changed': 'accepts other bodies',
} as const;
export type ChangeKind = keyof typeof CHANGE_KINDS;

/** Rules beyond schemas: there is no witness, both values are shown. */
export const OPERATION_RULES = {
  'operation-removed': { level: 'breaking', says: 'the operation is gone' },
  'operation-added': { level: 'info', says: 'the operation is new' },
  'method-changed': { level: 'breaking', says: 'the method changed' },
  'path-changed': { level: 'breaking', says: 'the path changed' },
  'base-url-changed': { level: 'warning', says: 'the base URL changed' },
  'auth-added': { level: 'breaking', says: 'requests must be authorised now' },
  'auth-removed': { level: 'info', says: 'requests need no authorisation any more' },
  'auth-changed': { level: 'breaking', says: 'requests must be authorised in another way' },
  'success-status-changed': { level: 'breaking', says: 'success comes with another status' },
  'success-status-added': { level: 'warning', says: 'success may come with a status that was not documented' },
  'success-status-removed': { level: 'breaking', says: 'success no longer comes with this status' },
  'error-status-added': { level: 'info', says: 'an error status is documented now' },
  'error-status-removed': { level: 'warning', says: 'an error status is no longer documented' },
  'error-code-added': { level: 'breaking', says: 'an error comes with a code that was not documented' },
  'error-code-removed': { level: 'info', says: 'an error no longer comes with this code' },
  'error-code-documented': { level: 'info', says: 'the codes of an error are documented now' },
  'field-codes-added': { level: 'warning', says: 'errors name the fields at fault now' },
  'field-codes-removed': { level: 'breaking', says: 'errors no longer name the fields at fault' },
  'request-media-type-added': { level: 'info', says: 'requests of another media type are accepted' },
  'request-media-type-removed': { level: 'breaking', says: 'requests of this media type are no longer accepted' },
  'response-media-type-added': { level: 'warning', says: 'responses may come in another media type' },
  'response-media-type-removed': { level: 'breaking', says: 'responses no longer come in this media type' },
  'request-body-added': { level: 'breaking', says: 'a request body is required now' },
  'request-body-optional': { level: 'info', says: 'a request body may be left out now' },
  'limit-added': { level: 'breaking', says: 'a limit is documented now' },
  'limit-removed': { level: 'info', says: 'no limit is documented any more' },
  'limit-lowered': { level: 'breaking', says: 'clients that kept to the old limit may exceed the new one' },
  'limit-raised': { level: 'info', says: 'the documented limit is looser' },
} as const satisfies Record<string, { level: Level; says: string }>;
export type OperationRule = keyof typeof OPERATION_RULES;

/** Pure meaning: whatever may come that was impossible before breaks a client. */
const STRICT_LEVELS: Partial<Record<OperationRule, Level>> = {
  'success-status-added': 'breaking',
  'error-status-added': 'breaking',
  'field-codes-added': 'breaking',
  'response-media-type-added': 'breaking',
};

export function operationRuleLevel(rule: OperationRule, policy: Policy): Level {
  return (policy === 'strict' ? STRICT_LEVELS[rule] : undefined) ?? OPERATION_RULES[rule].level;
}

/** Rules that `responseValues: "warning"` turns from breaking to warning: clients are told to expect new values. */
export const NEW_RESPONSE_VALUE_RULES: readonly string[] = [
  'response-enum-value-added',
  'response-union-member-added',
  'error-code-added',
];

export function schemaRule(direction: Direction, kind: ChangeKind): string {
  return `${direction}-${kind}`;
}
