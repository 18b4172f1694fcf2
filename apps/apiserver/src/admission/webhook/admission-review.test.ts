import { describe, expect, it } from '@jest/globals';
import { readAnswer, reviewVersionOf } from './admission-review.ts';

const review = (response: object | undefined, more: object = {}) => ({
  kind: 'AdmissionReview',
  apiVersion: 'admission.k8s.io/v1',
  ...(response && { response: { uid: 'u', ...response } }),
  ...more,
});
const patch = Buffer.from('[]').toString('base64');

describe('the answer of a webhook', () => {
  const invalid: readonly (readonly [string, object, boolean])[] = [
    ['webhook response was absent', review(undefined), true],
    ['expected response.uid="u", got "v"', review({ uid: 'v' }), true],
    [
      'expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1beta1, Kind=AdmissionReview',
      review({}, { apiVersion: 'admission.k8s.io/v1beta1' }),
      true,
    ],
    ['webhook returned response.patch but not response.patchType', review({ patch }), true],
    ['webhook returned response.patchType but not response.patch', review({ patchType: 'JSONPatch' }), true],
    ['validating webhook may not return response.patch', review({ patch }), false],
    ['validating webhook may not return response.patchType', review({ patchType: 'JSONPatch' }), false],
  ];

  it.each(invalid)('is refused: %s', (message, answer, mutating) => {
    const read = () => readAnswer(answer as Record<string, unknown>, 'v1', 'u', mutating);
    expect(read).toThrow(message);
  });

  it('allows only what it allows expressly', () => {
    const answer = (response: object) => readAnswer(review(response), 'v1', 'u', true);
    expect(answer({}).allowed).toBe(false);
    expect(answer({ allowed: 'true' }).allowed).toBe(false);
    expect(answer({ allowed: true, patch, patchType: 'JSONPatch' })).toMatchObject({ allowed: true, patch: '[]' });
  });

  it('of the old version needs neither uid nor type of the patch', () => {
    const answer = { response: { allowed: true, patch } };
    expect(readAnswer(answer, 'v1beta1', 'u', true)).toMatchObject({ patch: '[]', patchType: 'JSONPatch' });
  });

  it('comes in the first version that both sides know', () => {
    expect(reviewVersionOf(['v2', 'v1beta1', 'v1'])).toBe('v1beta1');
    expect(reviewVersionOf(['v2'])).toBeUndefined();
  });
});
