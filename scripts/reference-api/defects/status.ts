import type { Defect } from '../variants.ts';
import { on, onEach, withBytes } from './helpers.ts';

const promise = 'the status that says what happened';

/** Successes and failures under a wrong status. */
export const STATUS_DEFECTS: readonly Defect[] = [
  ...[200, 202, 203, 206].map(
    (status): Defect => ({
      id: `success-as-${status}`,
      title: `answers ${status} to a success`,
      group: 'status',
      breaks: promise,
      isIn: ({ operation }) => !(String(status) in operation.responses),
      make: () => on('created', (answer) => ({ ...answer, status })),
    }),
  ),
  {
    id: 'success-as-204',
    title: 'answers a success with 204 and no body',
    group: 'status',
    breaks: promise,
    isIn: ({ operation }) => !('204' in operation.responses),
    make: () => on('created', (answer) => ({ ...withBytes(answer, ''), status: 204 })),
  },
  {
    id: 'success-as-303',
    title: 'redirects to the thing created',
    group: 'status',
    breaks: promise,
    make: ({ contract }) =>
      on('created', (answer) => ({
        ...answer,
        status: 303,
        headers: { ...answer.headers, Location: contract.operation.path },
      })),
  },
  {
    id: 'success-sometimes-500',
    title: 'answers each seventh valid request with 500',
    group: 'status',
    breaks: 'a valid request is never answered with 5xx',
    make: ({ envelopes }) =>
      onEach(7, 'created', (answer) => ({ ...answer, status: 500, document: envelopes.make(500) })),
  },
  {
    id: 'success-sometimes-502',
    title: 'answers each fifth valid request with the 502 page of a proxy',
    group: 'status',
    breaks: 'a valid request is never answered with 5xx',
    make: () =>
      onEach(5, 'created', (answer) => ({
        ...withBytes(answer, '<html><body><h1>502 Bad Gateway</h1></body></html>', 'text/html'),
        status: 502,
      })),
  },
  {
    id: 'invalid-as-200',
    title: 'answers 200 with the error envelope to an invalid request',
    group: 'status',
    breaks: promise,
    make: () => on('invalid', (answer) => ({ ...answer, status: 200 })),
  },
  {
    id: 'invalid-as-201',
    title: 'answers the success status with the error envelope to an invalid request',
    group: 'status',
    breaks: promise,
    make: ({ success }) => on('invalid', (answer) => ({ ...answer, status: success.status })),
  },
  {
    id: 'invalid-as-422',
    title: 'answers 422 to an invalid request',
    group: 'status',
    breaks: promise,
    isIn: ({ operation }) => !('422' in operation.responses),
    make: () => on('invalid', (answer) => ({ ...answer, status: 422 })),
  },
  {
    id: 'invalid-as-500',
    title: 'answers 500 to an invalid request',
    group: 'status',
    breaks: promise,
    make: () => on('invalid', (answer) => ({ ...answer, status: 500 })),
  },
];
