import { Pod, ServiceAccount } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { isAbout, newObjectOf } from '../admission-subject.ts';
import { refersToSecrets, unlistedSecret, unlistedSecretOfEphemeral } from './secret-references.ts';
import { mountToken } from './service-account-token-volume.ts';

const defaultAccount = 'default';
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const enforceAnnotation = 'kubernetes.io/enforce-mountable-secrets';
/** What Go's ParseBool takes for true. */
const truths: ReadonlySet<string | undefined> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
/** A new namespace gets its account a moment after it was made: how often and how long that is waited for. */
const attemptsMax = 10;
const pauseMs = 100;

/** Gives each pod a service account that exists, its token and its image pull secrets. */
export class ServiceAccountAdmission implements AdmissionPlugin {
  readonly name = 'ServiceAccount';

  constructor(
    private readonly reader: AdmissionReader,
    private readonly host: Pick<Host, 'timers' | 'ids'>,
  ) {}

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const pod = newObjectOf(attributes, Pod);
    if (pod === undefined || isMirror(pod)) return;
    pod.spec.serviceAccountName ||= pod.spec.serviceAccount || defaultAccount;
    pod.spec.serviceAccount = pod.spec.serviceAccountName;
    const account = await this.account(attributes, pod.spec.serviceAccountName);
    const automount = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
    if (automount) mountToken(pod, () => `kube-api-access-${this.host.ids.suffix(5)}`);
    if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
      pod.spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
    }
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const pod = newObjectOf(attributes, Pod);
    const refuse = (detail: string | undefined) => {
      if (detail !== undefined) throw admissionForbidden(attributes, detail);
    };
    if (pod === undefined) {
      if (isNewEphemeralContainer(attributes)) refuse(await this.ephemeralProblem(attributes));
      return;
    }
    if (isMirror(pod)) {
      refuse(mirrorProblem(pod));
      return;
    }
    const { serviceAccountName = '' } = pod.spec;
    if (serviceAccountName === '') {
      refuse(`no service account specified for pod ${attributes.namespace}/${pod.metadata.name ?? ''}`);
    }
    const account = await this.account(attributes, serviceAccountName);
    if (enforcesSecrets(account)) refuse(unlistedSecret(pod, account));
  }

  private async ephemeralProblem(attributes: AdmissionAttributes): Promise<string | undefined> {
    const pod = attributes.object as Pod;
    const account = await this.account(attributes, pod.spec.serviceAccountName ?? '');
    return enforcesSecrets(account) ? unlistedSecretOfEphemeral(pod, account) : undefined;
  }

  private async account(attributes: AdmissionAttributes, name: string): Promise<ServiceAccount> {
    const { namespace } = attributes;
    const attempts = name === defaultAccount ? attemptsMax : 1;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const found = await this.reader.find(ServiceAccount, namespace, name);
      if (found !== undefined) return found;
      if (attempt < attempts) await this.host.timers.sleep(pauseMs);
    }
    throw admissionForbidden(
      attributes,
      `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
    );
  }
}

function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[mirrorAnnotation] !== undefined;
}

function isNewEphemeralContainer(attributes: AdmissionAttributes): boolean {
  const { operation, subresource } = attributes;
  return isAbout(attributes, Pod) && operation === 'UPDATE' && subresource === 'ephemeralcontainers';
}

function enforcesSecrets({ metadata }: ServiceAccount): boolean {
  return truths.has(metadata.annotations?.[enforceAnnotation]);
}

/** A kubelet's image of a pod from its disk has no access to anything of the API. */
function mirrorProblem(pod: Pod): string | undefined {
  if ((pod.spec.serviceAccountName ?? '') !== '') return 'a mirror pod may not reference service accounts';
  if (refersToSecrets(pod)) return 'a mirror pod may not reference secrets';
  const projectsToken = (pod.spec.volumes ?? []).some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );
  return projectsToken ? 'a mirror pod may not use ServiceAccountToken volume projections' : undefined;
}
