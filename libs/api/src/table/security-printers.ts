import { described } from '../generated/column-descriptions.ts';
import type {
  CertificateSigningRequest,
  ClusterRoleBinding,
  ClusterTrustBundle,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  PodCertificateRequest,
  RoleBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from '../generated/kinds.ts';
import { humanDuration } from './human-duration.ts';
import { ageColumn, columnPrinter, nameColumn, numberColumn, type Printer, textColumn, wide } from './printer.ts';
import { requirementsText } from './selector-text.ts';

const none = '<none>';
const unset = '<unset>';

export const roleBindingPrinter = bindingPrinter('roleBinding', described['api.rbac.v1.RoleBinding.roleRef']);
export const clusterRoleBindingPrinter = bindingPrinter(
  'clusterRoleBinding',
  described['api.rbac.v1.ClusterRoleBinding.roleRef'],
);

export const certificateSigningRequestPrinter = columnPrinter<CertificateSigningRequest>(
  nameColumn,
  ageColumn,
  textColumn(
    'SignerName',
    described['api.certificates.v1.CertificateSigningRequestSpec.signerName'],
    ({ spec }) => spec.signerName,
    none,
  ),
  textColumn(
    'Requestor',
    described['api.certificates.v1.CertificateSigningRequestSpec.request'],
    ({ spec }) => spec.username,
  ),
  textColumn(
    'RequestedDuration',
    described['api.certificates.v1.CertificateSigningRequestSpec.expirationSeconds'],
    ({ spec: { expirationSeconds } }) =>
      expirationSeconds === undefined ? undefined : humanDuration(expirationSeconds * 1000),
    none,
  ),
  textColumn('Condition', described['api.certificates.v1.CertificateSigningRequestStatus.conditions'], requestState),
);

export const clusterTrustBundlePrinter = columnPrinter<ClusterTrustBundle>(
  nameColumn,
  textColumn(
    'SignerName',
    described['api.certificates.v1beta1.ClusterTrustBundleSpec.signerName'],
    ({ spec }) => spec.signerName,
    none,
  ),
);

export const podCertificateRequestPrinter = columnPrinter<PodCertificateRequest>(
  nameColumn,
  textColumn(
    'PodName',
    described['api.certificates.v1beta1.PodCertificateRequestSpec.podName'],
    ({ spec }) => spec.podName,
  ),
  textColumn(
    'ServiceAccountName',
    described['api.certificates.v1beta1.PodCertificateRequestSpec.serviceAccountName'],
    ({ spec }) => spec.serviceAccountName,
  ),
  textColumn(
    'NodeName',
    described['api.certificates.v1beta1.PodCertificateRequestSpec.nodeName'],
    ({ spec }) => spec.nodeName,
  ),
  textColumn(
    'SignerName',
    described['api.certificates.v1beta1.PodCertificateRequestSpec.signerName'],
    ({ spec }) => spec.signerName,
  ),
  textColumn('State', 'What became of the request.', ({ status }) => {
    const last = status.conditions?.find(({ status: holds }) => holds === 'True');
    return last?.type ?? 'Pending';
  }),
);

export const mutatingWebhookPrinter = webhookPrinter<MutatingWebhookConfiguration>();
export const validatingWebhookPrinter = webhookPrinter<ValidatingWebhookConfiguration>();

export const validatingAdmissionPolicyPrinter = columnPrinter<ValidatingAdmissionPolicy>(
  nameColumn,
  numberColumn(
    'Validations',
    'Validations indicates the number of validation rules defined in this configuration',
    ({ spec }) => spec.validations?.length,
  ),
  textColumn(
    'ParamKind',
    'ParamKind specifies the kind of resources used to parameterize this policy',
    paramKind,
    unset,
  ),
  ageColumn,
);

export const mutatingAdmissionPolicyPrinter = columnPrinter<MutatingAdmissionPolicy>(
  nameColumn,
  numberColumn(
    'Mutations',
    'Mutation indicates the number of mutations rules defined in this configuration',
    ({ spec }) => spec.mutations?.length,
  ),
  textColumn(
    'ParamKind',
    'ParamKind specifies the kind of resources used to parameterize this policy',
    paramKind,
    unset,
  ),
  ageColumn,
);

export const admissionPolicyBindingPrinter = columnPrinter<
  ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding
>(
  nameColumn,
  textColumn(
    'PolicyName',
    'PolicyName indicates the policy definition which the policy binding binded to',
    ({ spec }) => spec.policyName,
  ),
  textColumn(
    'ParamRef',
    'ParamRef indicates the param resource which sets the configration param',
    ({ spec: { paramRef } }) => {
      if (paramRef?.name) return `${paramRef.namespace || '*'}/${paramRef.name}`;
      return paramRef?.selector && requirementsText(paramRef.selector);
    },
    unset,
  ),
  ageColumn,
);

function webhookPrinter<T extends MutatingWebhookConfiguration | ValidatingWebhookConfiguration>(): Printer {
  return columnPrinter<T>(
    nameColumn,
    numberColumn(
      'Webhooks',
      'Webhooks indicates the number of webhooks registered in this configuration',
      ({ webhooks }) => webhooks?.length,
    ),
    ageColumn,
  );
}

function bindingPrinter(kind: string, roleDescription: string): Printer {
  return columnPrinter<RoleBinding | ClusterRoleBinding>(
    nameColumn,
    textColumn('Role', roleDescription, ({ roleRef }) => `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`),
    ageColumn,
    wide(textColumn('Users', `Users in the ${kind}`, (binding) => subjectsOf(binding, 'User'))),
    wide(textColumn('Groups', `Groups in the ${kind}`, (binding) => subjectsOf(binding, 'Group'))),
    wide(
      textColumn('ServiceAccounts', `ServiceAccounts in the ${kind}`, (binding) =>
        subjectsOf(binding, 'ServiceAccount'),
      ),
    ),
  );
}

function subjectsOf({ subjects = [] }: RoleBinding | ClusterRoleBinding, wanted: string): string {
  const chosen = subjects.filter(({ kind }) => kind === wanted);
  return chosen
    .map(({ kind, namespace, name }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');
}

function paramKind({ spec }: ValidatingAdmissionPolicy | MutatingAdmissionPolicy): string | undefined {
  return spec.paramKind && `${spec.paramKind.apiVersion ?? ''}/${spec.paramKind.kind ?? ''}`;
}

function requestState({ status }: CertificateSigningRequest): string {
  const has = (condition: string) => status.conditions?.some(({ type }) => type === condition);
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${decision}${has('Failed') ? ',Failed' : ''}${status.certificate ? ',Issued' : ''}`;
}
