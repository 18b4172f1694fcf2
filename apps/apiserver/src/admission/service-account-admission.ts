import { forbidden, type Pod, type ResourceInfo, type ResourceTable, type ServiceAccount } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import type { ObjectLookup } from '../registry/object-lookup.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { mountToken } from './service-account-token-volume.ts';

const defaultAccount = 'default';
const mirrorAnnotation = 'kubernetes.io/config.mirror';
/** A new namespace gets its account a moment after it was made: how often and how long that is waited for. */
const attemptsMax = 10;
const pauseMs = 100;

/** Gives each pod a service account that exists, its token and its image pull secrets. */
export class ServiceAccountAdmission implements AdmissionPlugin {
  readonly name = 'ServiceAccount';
  private readonly accounts: ResourceInfo;

  constructor(
    table: ResourceTable,
    private readonly lookup: ObjectLookup,
    private readonly host: Pick<Host, 'timers' | 'ids'>,
  ) {
    this.accounts = table.find('', 'v1', 'serviceaccounts') as ResourceInfo;
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const { info, operation, subresource, object } = attributes;
    const isNewPod = info.group === '' && info.resource === 'pods' && operation === 'CREATE' && subresource === '';
    if (!isNewPod || object === undefined || object.metadata.annotations?.[mirrorAnnotation] !== undefined) return;
    const pod = object as Pod;
    pod.spec.serviceAccountName ||= pod.spec.serviceAccount || defaultAccount;
    pod.spec.serviceAccount = pod.spec.serviceAccountName;
    const account = await this.account(attributes, pod.spec.serviceAccountName);
    const automount = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
    if (automount) mountToken(pod, () => `kube-api-access-${this.host.ids.suffix(5)}`);
    if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
      pod.spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
    }
  }

  private async account(
    { info, namespace, name, object }: AdmissionAttributes,
    account: string,
  ): Promise<ServiceAccount> {
    const attempts = account === defaultAccount ? attemptsMax : 1;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const found = await this.lookup.find(this.accounts, namespace, account);
      if (found !== undefined) return found.object as ServiceAccount;
      if (attempt < attempts) await this.host.timers.sleep(pauseMs);
    }
    const podName = name === '' ? (object?.metadata.generateName ?? '') : name;
    const detail = `error looking up service account ${namespace}/${account}: serviceaccount ${JSON.stringify(account)} not found`;
    throw forbidden(info, podName, detail);
  }
}
