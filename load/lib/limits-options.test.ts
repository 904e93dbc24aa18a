import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS_OPTIONS, parseLimitsOptions } from './limits-options.ts';

describe('options of the limits script', () => {
  it('have defaults', () => {
    expect(parseLimitsOptions(undefined)).toEqual(DEFAULT_LIMITS_OPTIONS);
    expect(parseLimitsOptions('')).toEqual(DEFAULT_LIMITS_OPTIONS);
    const prior = [{ requests: 120, windowSeconds: 60 }];
    expect(parseLimitsOptions(JSON.stringify({ maxRequests: 7, prior }))).toEqual({
      ...DEFAULT_LIMITS_OPTIONS,
      maxRequests: 7,
      prior,
    });
  });

  it.each([
    ['7', 'it is no object'],
    ['null', 'it is no object'],
    ['{"max":7}', '"max" is no option'],
    ['{"toString":7}', '"toString" is no option'],
    ['{"maxRequests":"7"}', '"maxRequests" has a wrong value'],
    ['{"maxRequests":-1}', '"maxRequests" has a wrong value'],
    ['{"harmless":1}', '"harmless" has a wrong value'],
    ['{"prior":[{"requests":1}]}', '"prior" has a wrong value'],
    ['{"secondAddressBaseUrl":1}', '"secondAddressBaseUrl" has a wrong value'],
    ['{"secondAddressBaseUrl":"https://elsewhere.test"}', '"secondAddressBaseUrl" has a wrong value'],
    ['{"countedFromMs":"now"}', '"countedFromMs" has a wrong value'],
  ])('refuse %s', (text, message) => {
    expect(() => parseLimitsOptions(text)).toThrow(message);
  });
});
