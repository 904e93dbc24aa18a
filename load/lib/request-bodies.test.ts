import { describe, expect, it } from 'vitest';
import type { Json, Operation } from '../../contracts/lib/operation.ts';
import { requestBodies } from './request-bodies.ts';

const operation: Operation = {
  name: 'make-thing',
  method: 'POST',
  path: '/things',
  baseUrl: 'https://example.com',
  auth: { scheme: 'bearer' },
  request: { schema: 'request.schema.json' },
  responses: {},
  inputs: [
    { pointer: '/note', env: 'ASSAY_NOTE' },
    { pointer: '/owner/id', env: 'ASSAY_OWNER_ID', required: true },
  ],
};
const hasOwner = (body: Json) => JSON.stringify(body).includes('"id"');

describe('request bodies', () => {
  it('put the inputs into the template, and leave the first required one out for an invalid one', () => {
    const inputs = { '/note': 3, '/owner/id': 7 };
    expect(requestBodies(operation, { kind: 'a', owner: { role: 'x' } }, inputs, hasOwner)).toEqual({
      valid: { kind: 'a', owner: { role: 'x', id: 7 }, note: 3 },
      invalid: { kind: 'a', owner: { role: 'x' }, note: 3 },
    });
  });

  it('have no invalid one where the schema requires no input', () => {
    expect(requestBodies(operation, {}, { '/owner/id': 7 }, () => true).invalid).toBeNull();
  });

  it('are refused where the inputs do not make a valid request', () => {
    expect(() => requestBodies(operation, {}, { '/note': 3 }, hasOwner)).toThrow('no valid request can be made');
  });
});
