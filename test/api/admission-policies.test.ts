import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ValidatingAdmissionPolicy } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';

const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const mutatingPolicies = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies';
const mutatingBindings = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings';
const configMaps = '/api/v1/namespaces/default/configmaps';

/** Each test is about config maps with a label of its own. */
function constraints(topic: string, operations = ['CREATE', 'UPDATE']) {
  return {
    resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations, resources: ['configmaps'] }],
    objectSelector: { matchLabels: { topic } },
  };
}

function configMap(topic: string, name: string, data: Record<string, string> = {}) {
  return { metadata: { name, labels: { topic } }, data };
}

describe('admission policies', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
  });
  afterAll(() => cluster.close());

  const validate = async (topic: string, spec: object, binding: object = {}) => {
    const policy = await cluster.raw.post(policies, {
      metadata: { name: topic },
      spec: { matchConstraints: constraints(topic), ...spec },
    });
    expect(policy).toMatchObject({ status: 201 });
    const bound = await cluster.raw.post(bindings, {
      metadata: { name: `${topic}-binding` },
      spec: { policyName: topic, validationActions: ['Deny'], ...binding },
    });
    expect(bound).toMatchObject({ status: 201 });
  };
  const mutate = async (topic: string, spec: object, binding: object = {}) => {
    const policy = await cluster.raw.post(mutatingPolicies, {
      metadata: { name: topic },
      spec: { matchConstraints: constraints(topic), reinvocationPolicy: 'Never', ...spec },
    });
    expect(policy).toMatchObject({ status: 201 });
    const bound = await cluster.raw.post(mutatingBindings, {
      metadata: { name: `${topic}-binding` },
      spec: { policyName: topic, ...binding },
    });
    expect(bound).toMatchObject({ status: 201 });
  };

  describe('that validate', () => {
    it('refuse what their expressions do not hold for', async () => {
      await validate('deny', { validations: [{ expression: "object.data.size == 'small'" }] });
      expect(await cluster.raw.post(configMaps, configMap('deny', 'good', { size: 'small' }))).toMatchObject({
        status: 201,
      });
      const refused = await cluster.raw.post(configMaps, configMap('deny', 'bad', { size: 'large' }));
      const message =
        "ValidatingAdmissionPolicy 'deny' with binding 'deny-binding' denied request: failed expression: object.data.size == 'small'";
      expect(refused).toMatchObject({
        status: 422,
        body: {
          reason: 'Invalid',
          code: 422,
          message: `configmaps "bad" is forbidden: ${message}`,
          details: { name: 'bad', kind: 'configmaps', causes: [{ message }] },
        },
      });
      const { text } = await cluster.raw.get('/metrics');
      const labels = 'policy="deny",policy_binding="deny-binding",error_type="no_error"';
      for (const action of ['allow', 'deny']) {
        const series = `apiserver_validating_admission_policy_check_total{${labels},enforcement_action="${action}"} 1`;
        expect(text).toContain(series);
      }
      const failing = await cluster.raw.post(configMaps, configMap('deny', 'failing', { other: '1' }));
      expect(failing.body.message).toContain(
        "denied request: expression 'object.data.size == 'small'' resulted in error: no such key: size",
      );
    });

    it('say why, with a reason and a message of their own', async () => {
      await validate('why', {
        variables: [
          { name: 'count', expression: 'has(object.data) ? object.data.size() : 0' },
          { name: 'tooMany', expression: 'variables.count > 1' },
        ],
        validations: [
          {
            expression: '!variables.tooMany',
            reason: 'Forbidden',
            messageExpression: "'%d entries for %s'.format([variables.count, request.userInfo.username])",
          },
        ],
      });
      const refused = await cluster.raw.post(configMaps, configMap('why', 'many', { a: '1', b: '2' }));
      expect(refused).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
      expect(refused.body.message).toContain('denied request: 2 entries for system:admin');
    });

    it('may only warn', async () => {
      await validate(
        'warn',
        { validations: [{ expression: 'false', message: 'not nice' }] },
        { validationActions: ['Warn', 'Audit'] },
      );
      const answer = await cluster.raw.post(configMaps, configMap('warn', 'warned'));
      expect(answer.status).toBe(201);
      expect(answer.warnings).toEqual([
        "Validation failed for ValidatingAdmissionPolicy 'warn' with binding 'warn-binding': not nice",
      ]);
    });

    it('look at parameters, the namespace, the old object and the authorizer', async () => {
      await cluster.raw.post(configMaps, { metadata: { name: 'limits' }, data: { max: '2' } });
      await validate(
        'params',
        {
          paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
          validations: [
            { expression: 'object.data.size() <= int(params.data.max)', message: 'too many' },
            { expression: "namespaceObject.metadata.name == 'default'" },
            {
              expression: 'oldObject == null || oldObject.data.size() <= object.data.size()',
              message: 'may not shrink',
            },
            { expression: "authorizer.group('').resource('pods').check('list').allowed()" },
            {
              expression:
                "authorizer.requestResource.check('create').allowed() && request.operation in ['CREATE', 'UPDATE']",
            },
          ],
        },
        { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } },
      );
      const fitting = await cluster.raw.post(configMaps, configMap('params', 'p', { a: '1', b: '2' }));
      expect([fitting.status, fitting.body.message]).toEqual([201, undefined]);
      const shrunk = await cluster.raw.request('PUT', `${configMaps}/p`, configMap('params', 'p', { a: '1' }));
      expect(shrunk.body.message).toContain('may not shrink');
      const grown = await cluster.raw.post(configMaps, configMap('params', 'q', { a: '1', b: '2', c: '3' }));
      expect(grown.body.message).toContain('too many');
      await cluster.raw.request('DELETE', `${configMaps}/limits`);
      const missing = await cluster.raw.post(configMaps, configMap('params', 'r'));
      expect(missing.body.message).toContain(
        'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
      );
    });

    it('pass over what their conditions leave out, and failures that are to be ignored', async () => {
      await validate('conditions', {
        failurePolicy: 'Ignore',
        matchConditions: [{ name: 'not-exempt', expression: "!object.metadata.name.startsWith('exempt')" }],
        validations: [{ expression: 'false' }],
      });
      expect(await cluster.raw.post(configMaps, configMap('conditions', 'exempt-1'))).toMatchObject({ status: 201 });
      expect(await cluster.raw.post(configMaps, configMap('conditions', 'other'))).toMatchObject({ status: 422 });
      await validate('ignored', {
        failurePolicy: 'Ignore',
        validations: [{ expression: 'object.nothing.here' + ' == 1' }],
      });
      expect(await cluster.raw.post(configMaps, configMap('ignored', 'fine'))).toMatchObject({ status: 201 });
    });

    it('are refused when their expressions do not compile', async () => {
      const answer = await cluster.raw.post(policies, {
        metadata: { name: 'broken' },
        spec: {
          matchConstraints: constraints('broken'),
          validations: [{ expression: 'object.x ==' }, { expression: 'nobody == 1' }, { expression: 'object.data' }],
        },
      });
      expect(answer).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
      expect(answer.body.details.causes.map(({ field }: { field: string }) => field)).toEqual([
        'spec.validations[0].expression',
        'spec.validations[1].expression',
        'spec.validations[2].expression',
      ]);
      expect(answer.body.details.causes[1].message).toBe(
        "Invalid value: \"nobody == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'nobody' (in container '')\n | nobody == 1\n | ^",
      );
      expect(answer.body.details.causes[2].message).toBe(
        'Invalid value: "object.data": must evaluate to bool but got dyn',
      );
    });

    it('are warned of fields that the kinds they are about do not have', async () => {
      await validate('typed', {
        validations: [
          { expression: "object.data.size() > 0 && object.spec.replicas > 1 && object.metadata.namespace != ''" },
        ],
      });
      const checked = await cluster.waitFor(
        ValidatingAdmissionPolicy,
        { namespace: '', name: 'typed' },
        (policy) => policy?.status?.observedGeneration === 1,
      );
      expect(checked?.status).toEqual({
        observedGeneration: 1,
        typeChecking: {
          expressionWarnings: [
            {
              fieldRef: 'spec.validations[0].expression',
              warning: expect.stringContaining("/v1, Kind=ConfigMap: ERROR: <input>:1:33: undefined field 'spec'\n"),
            },
          ],
        },
      });
    });

    it('cannot run for ever', async () => {
      const nested = "['a','b','c','d','e','f','g','h','i','j']";
      const loops = `${nested}.all(a, ${nested}.all(b, ${nested}.all(c, ${nested}.all(d, ${nested}.all(e, ${nested}.all(f, true))))))`;
      await validate('endless', { validations: [{ expression: loops }] });
      const answer = await cluster.raw.post(configMaps, configMap('endless', 'slow'));
      expect(answer.body.message).toContain('operation cancelled: actual cost limit exceeded');
    });
  });

  describe('that mutate', () => {
    it('apply a JSON patch', async () => {
      await mutate('json-patch', {
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: {
              expression: `[
                JSONPatch{op: "test", path: "/data/a", value: "1"},
                JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/made"), value: "yes"},
              ]`,
            },
          },
        ],
      });
      const changed = await cluster.raw.post(configMaps, configMap('json-patch', 'j1', { a: '1' }));
      expect(changed.body.metadata.labels).toEqual({ topic: 'json-patch', 'example.com/made': 'yes' });
      const left = await cluster.raw.post(configMaps, configMap('json-patch', 'j2', { a: '2' }));
      expect(left.body.metadata.labels).toEqual({ topic: 'json-patch' });
    });

    it('merge an apply configuration, one mutation after the other', async () => {
      await mutate('apply', {
        variables: [{ name: 'suffix', expression: "'-' + object.metadata.name" }],
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: 'Object{data: {"first": "x" + variables.suffix}}' },
          },
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: 'Object{data: {"second": object.data.first + "!"}}' },
          },
        ],
      });
      const changed = await cluster.raw.post(configMaps, configMap('apply', 'a1', { own: '1' }));
      expect(changed.body.data).toEqual({ own: '1', first: 'x-a1', second: 'x-a1!' });
    });

    it('add a container to a pod and leave the others', async () => {
      const matchConstraints = {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        objectSelector: { matchLabels: { topic: 'sidecar' } },
      };
      const expression = `Object{
        spec: Object.spec{
          initContainers: [Object.spec.initContainers{name: "mesh", image: "mesh:1", restartPolicy: "Always"}]
        }
      }`;
      await mutate('sidecar', {
        matchConstraints,
        matchConditions: [
          { name: 'once', expression: "!object.spec.?initContainers.orValue([]).exists(c, c.name == 'mesh')" },
        ],
        reinvocationPolicy: 'IfNeeded',
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      });
      await cluster.raw.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
      const pod = await cluster.raw.post('/api/v1/namespaces/default/pods', {
        metadata: { name: 'with-sidecar', labels: { topic: 'sidecar' } },
        spec: { containers: [{ name: 'web', image: 'web:1' }], automountServiceAccountToken: false },
      });
      expect(pod).toMatchObject({ status: 201 });
      expect(pod.body.spec.containers).toMatchObject([{ name: 'web' }]);
      expect(pod.body.spec.initContainers).toMatchObject([
        { name: 'mesh', image: 'mesh:1', restartPolicy: 'Always', terminationMessagePath: '/dev/termination-log' },
      ]);
    });

    it('refuse where they fail', async () => {
      await mutate('wrong', {
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: 'Object{metadata: Object.data{labels: {"a": "b"}}}' },
          },
        ],
      });
      const answer = await cluster.raw.post(configMaps, configMap('wrong', 'w'));
      expect(answer.body.message).toBe(
        'policy \'wrong\' with binding \'wrong-binding\' denied request: type mismatch: unexpected type name "Object.data", expected "Object.metadata", which matches field name path from root Object type',
      );
    });
  });
});
