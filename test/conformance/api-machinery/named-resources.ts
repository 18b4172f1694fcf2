export interface NamedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** What must be found in the core group. */
export const coreResource: NamedResource = { group: '', version: 'v1', resource: 'namespaces' };

/** What must be found in the other groups, by the conformance tests of discovery. */
export const namedResources: readonly NamedResource[] = [
  'admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  'apiextensions.k8s.io/v1/customresourcedefinitions',
  'apiregistration.k8s.io/v1/apiservices',
  'apps/v1/deployments',
  'authentication.k8s.io/v1/tokenreviews',
  'authorization.k8s.io/v1/selfsubjectaccessreviews',
  'autoscaling/v1/horizontalpodautoscalers',
  'autoscaling/v2/horizontalpodautoscalers',
  'batch/v1/jobs',
  'certificates.k8s.io/v1/certificatesigningrequests',
  'coordination.k8s.io/v1/leases',
  'discovery.k8s.io/v1/endpointslices',
  'events.k8s.io/v1/events',
  'networking.k8s.io/v1/ingresses',
  'node.k8s.io/v1/runtimeclasses',
  'policy/v1/poddisruptionbudgets',
  'scheduling.k8s.io/v1/priorityclasses',
  'storage.k8s.io/v1/csinodes',
].map((path) => {
  const [group = '', version = '', resource = ''] = path.split('/');
  return { group, version, resource };
});
