/** By `<group>/<version>/<kind>`: what upstream warns of with every answer about a built-in kind that is on its way out. */
export const deprecationWarnings: ReadonlyMap<string, string> = new Map([
  ['/v1/ComponentStatus', 'v1 ComponentStatus is deprecated in v1.19+'],
  ['/v1/Endpoints', 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
  [
    'certificates.k8s.io/v1beta1/ClusterTrustBundle',
    'certificates.k8s.io/v1beta1 ClusterTrustBundle is deprecated in v1.36+, unavailable in v1.39+',
  ],
]);
