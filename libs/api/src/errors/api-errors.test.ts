import { describe, expect, it } from '@jest/globals';
import { ApiError, isConflict, isExpired, isNotFound } from './api-error.ts';
import * as errors from './api-errors.ts';
import { duplicateValue, invalidValue, notSupported, required, tooLong, tooMany } from './field-error.ts';

const deployments = { group: 'apps', resource: 'deployments', kind: 'Deployment' };
const pods = { group: '', resource: 'pods', kind: 'Pod' };

describe('an error of the API', () => {
  it.each([
    [errors.notFound(pods, 'x'), 404, 'NotFound', 'pods "x" not found'],
    [errors.alreadyExists(deployments, 'x'), 409, 'AlreadyExists', 'deployments.apps "x" already exists'],
    [
      errors.conflict(deployments, 'x'),
      409,
      'Conflict',
      'Operation cannot be fulfilled on deployments.apps "x": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [errors.forbidden(pods, '', 'no'), 403, 'Forbidden', 'pods is forbidden: no'],
    [errors.forbidden(pods, 'x', 'no'), 403, 'Forbidden', 'pods "x" is forbidden: no'],
    [errors.forbidden({ group: '', resource: '' }, '', 'no'), 403, 'Forbidden', 'forbidden: no'],
    [errors.unauthorized(), 401, 'Unauthorized', 'Unauthorized'],
    [
      errors.methodNotAllowed(pods, 'patch'),
      405,
      'MethodNotAllowed',
      'patch is not supported on resources of kind "pods"',
    ],
    [errors.expired('too old resource version: 1 (5)'), 410, 'Expired', 'too old resource version: 1 (5)'],
    [errors.internal(new Error('boom')), 500, 'InternalError', 'Internal error occurred: boom'],
    [errors.unknownResource(), 404, 'NotFound', 'the server could not find the requested resource'],
    [
      errors.strictDecoding({ version: 'v1', kind: 'Deployment' }, ['unknown field "spec.foo"']),
      400,
      'BadRequest',
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.foo"',
    ],
  ])('%s', (error, code, reason, message) => {
    expect(error).toBeInstanceOf(ApiError);
    expect(error.status).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
  });

  it('lists what validation found as text and as causes', () => {
    const finding = invalidValue('spec.replicas', -1, 'must be greater than or equal to 0');
    const error = errors.invalid(deployments, 'x', [finding]);
    expect(error.message).toBe(
      'Deployment.apps "x" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(error.status.details).toEqual({
      name: 'x',
      group: 'apps',
      kind: 'Deployment',
      causes: [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: -1: must be greater than or equal to 0',
          field: 'spec.replicas',
        },
      ],
    });
  });

  it('joins several findings', () => {
    const findings = [
      required('a'),
      duplicateValue('b', 'x'),
      notSupported('c', 'x', ['y', 'z']),
      tooLong('d', 5),
      tooMany('e', 9, 5),
      required('a'),
    ];
    expect(errors.invalid(pods, 'x', findings).message).toBe(
      'Pod "x" is invalid: [a: Required value, b: Duplicate value: "x", c: Unsupported value: "x": supported values: "y", "z", d: Too long: may not be more than 5 bytes, e: Too many: 9: must have at most 5 items]',
    );
  });

  it('is known by its reason', () => {
    expect(isNotFound(errors.notFound(pods, 'x'))).toBe(true);
    expect(isConflict(errors.notFound(pods, 'x'))).toBe(false);
    expect(isExpired(errors.gone('x'))).toBe(true);
    expect(isNotFound(new Error('not found'))).toBe(false);
  });

  it('keeps the cause of what was not expected', () => {
    const cause = new Error('boom');
    expect(errors.toApiError(cause).cause).toBe(cause);
    const known = errors.notFound(pods, 'x');
    expect(errors.toApiError(known)).toBe(known);
  });
});
