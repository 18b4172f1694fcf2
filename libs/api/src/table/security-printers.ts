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

export const roleBindingPrinter = bindingPrinter('roleBinding');
export const clusterRoleBindingPrinter = bindingPrinter('clusterRoleBinding');

export const certificateSigningRequestPrinter = columnPrinter<CertificateSigningRequest>(
  nameColumn,
  ageColumn,
  textColumn('SignerName', 'Who should sign.', ({ spec }) => spec.signerName, none),
  textColumn('Requestor', 'Who asked.', ({ spec }) => spec.username),
  textColumn(
    'RequestedDuration',
    'How long the certificate should hold.',
    ({ spec: { expirationSeconds } }) =>
      expirationSeconds === undefined ? undefined : humanDuration(expirationSeconds * 1000),
    none,
  ),
  textColumn('Condition', 'What became of the request.', requestState),
);

export const clusterTrustBundlePrinter = columnPrinter<ClusterTrustBundle>(
  nameColumn,
  textColumn('SignerName', 'The signer that the bundle belongs to.', ({ spec }) => spec.signerName, none),
);

export const podCertificateRequestPrinter = columnPrinter<PodCertificateRequest>(
  nameColumn,
  textColumn('PodName', 'The pod that the certificate is for.', ({ spec }) => spec.podName),
  textColumn('ServiceAccountName', "The pod's service account.", ({ spec }) => spec.serviceAccountName),
  textColumn('NodeName', "The pod's node.", ({ spec }) => spec.nodeName),
  textColumn('SignerName', 'Who should sign.', ({ spec }) => spec.signerName),
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
  textColumn('PolicyName', 'The policy that is bound.', ({ spec }) => spec.policyName),
  textColumn(
    'ParamRef',
    'The resource that sets the parameters.',
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

function bindingPrinter(kind: string): Printer {
  return columnPrinter<RoleBinding | ClusterRoleBinding>(
    nameColumn,
    textColumn('Role', 'The role that is bound.', ({ roleRef }) => `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`),
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
