/** For `@orrery/testing`, which assembles clusters as well. */
export { CertificateAuthority } from './certificates/certificate-authority.driver.ts';
export { type ClusterCertificates, ensureClusterCertificates } from './certificates/cluster-certificates.ts';
export { clusterLayout } from './cluster-plan/cluster-layout.ts';
export { apiServerNames, type ClusterShape, planCluster, type ServicePlan } from './cluster-plan/cluster-plan.ts';
export { kubeconfig } from './kubeconfig/kubeconfig.ts';
export { InProcessLinks, launchInProcess } from './launcher/service-catalog.ts';
