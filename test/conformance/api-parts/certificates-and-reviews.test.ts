import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { exchange } from '../../api/https-exchange.ts';
import { type ReadObject, TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { exerciseApiOperations } from './api-operations.ts';
import { ResourceRequests } from './resource-requests.ts';

/** PEM in base64, for `CN=somebody` with a P-256 key. */
const certificateRequest =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITk1IVUNBUUF3RXpFUk1BOEdBMVVFQXd3SWMyOXRaV0p2Wkhrd1dUQVRCZ2NxaGtqT1BRSUJCZ2dxaGtqTwpQUU1CQndOQ0FBU0YvVlZIUGt2ZTliT2NvT3MyRUx4SUxPdW4wTWt4b0dwbzd6ZTROWXpXOHdVTThiRzcyNGdJCnUzeFFUa2ZjUlhicWpKbVB0aGhPUmJQSVNvdnJrSHFkb0FBd0NnWUlLb1pJemowRUF3SURTQUF3UlFJaEFKd00KclFrVjRaVDBZVEdIeHBnYWNGTS9HcWFibE1aamNvYW11dCtuTHZrUUFpQWxnd0ltNHNlV1pCeFpMenVDOU9PcwowWlpzakVhZkJ1VUp0Y09LNkxzVkxBPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==';

describe('certificates and reviews', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'], https: true });
  });
  afterAll(() => cluster.close());

  conformance('[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations', async () => {
    const certificate = Buffer.from(cluster.certificates.admin.certificate).toString('base64');
    await exerciseApiOperations(cluster, {
      group: 'certificates.k8s.io',
      version: 'v1',
      resource: 'certificatesigningrequests',
      subresources: ['approval', 'status'],
      fieldSelector: 'spec.signerName=example.com/e2e',
      template: {
        spec: {
          request: certificateRequest,
          signerName: 'example.com/e2e',
          expirationSeconds: 3600,
          usages: ['digital signature', 'key encipherment', 'server auth'],
        },
      },
      beforeDelete: async (requests, { metadata: { name, uid }, spec }) => {
        expect(spec.expirationSeconds).toBe(3600);
        await exerciseApproval(requests, name, uid);
        await exerciseCertificate(requests, name, uid, certificate);
      },
    });
  });

  conformance('[sig-auth] SubjectReview should support SubjectReview API operations', async () => {
    const namespace = await TestNamespace.create(cluster, 'reviews', { serviceAccount: false });
    const account = await namespace.create('serviceaccounts', { metadata: { name: 'e2e' } });
    const user = `system:serviceaccount:${namespace.name}:e2e`;
    const { uid } = account.metadata;
    const groups = ['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${namespace.name}`];
    const resourceAttributes = { verb: 'list', resource: 'configmaps', namespace: namespace.name, version: 'v1' };
    const spec = { resourceAttributes, user, groups, uid };
    const authorization = '/apis/authorization.k8s.io/v1';
    const reviews = new ResourceRequests(cluster, `${authorization}/subjectaccessreviews`);
    const localReviews = new ResourceRequests(
      cluster,
      `${authorization}/namespaces/${namespace.name}/localsubjectaccessreviews`,
    );

    const impersonated = await exchange(
      { port: cluster.apiPort ?? 0, certificates: cluster.certificates },
      namespace.path('configmaps'),
      { headers: { 'Impersonate-User': user, 'Impersonate-Uid': uid, 'Impersonate-Group': groups } },
    );
    expect([200, 403]).toContain(impersonated.status);
    const allowed = impersonated.status === 200;
    expect((await reviews.create({ spec })).status.allowed).toBe(allowed);
    const local = { metadata: { namespace: namespace.name }, spec: { ...spec, user: 'e2e' } };
    expect((await localReviews.create(local)).status.allowed).toBe(allowed);
  });
});

const kind = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' };

async function exerciseApproval(requests: ResourceRequests, name: string, uid: string): Promise<void> {
  expect(await requests.get(`${name}/approval`)).toMatchObject({ ...kind, metadata: { uid } });
  const patched = await requests.patch(`${name}/approval`, {
    metadata: { annotations: { patchedapproval: 'true' } },
    status: { conditions: [{ type: 'ApprovalPatch', status: 'True', reason: 'e2e' }] },
  });
  expect(typesOf(patched)).toEqual(['ApprovalPatch']);
  expect(patched.metadata.annotations.patchedapproval).toBe('true');
  const approved = { type: 'Approved', status: 'True', reason: 'E2E', message: 'Set from an e2e test' };
  const updated = await requests.update(`${name}/approval`, ({ status }) => {
    status.conditions.push(approved);
  });
  expect(typesOf(updated)).toEqual(['ApprovalPatch', 'Approved']);
}

async function exerciseCertificate(requests: ResourceRequests, name: string, uid: string, certificate: string) {
  expect(await requests.get(`${name}/status`)).toMatchObject({ ...kind, metadata: { uid } });
  const patched = await requests.patch(`${name}/status`, {
    metadata: { annotations: { patchedstatus: 'true' } },
    status: { certificate },
  });
  expect(patched.status.certificate).toBe(certificate);
  expect(patched.metadata.annotations.patchedstatus).toBe('true');
  const updated = await requests.update(`${name}/status`, ({ status }) => {
    status.conditions.push({ type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from an e2e test' });
  });
  expect(typesOf(updated)).toEqual(['ApprovalPatch', 'Approved', 'StatusUpdate']);
}

function typesOf({ status }: ReadObject): string[] {
  return status.conditions.map(({ type }: ReadObject) => type);
}
