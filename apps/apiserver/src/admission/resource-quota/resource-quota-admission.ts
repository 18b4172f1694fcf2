import {
  type Amounts,
  type ApiObject,
  chargeQuota,
  excessOf,
  formatAmounts,
  parseAmounts,
  type QuotaEvaluator,
  type QuotaWrite,
  quotaCovers,
  quotaEvaluatorOf,
  quotaProblem,
  ResourceQuota,
} from '@orrery/api';
import type { Clock } from '@orrery/runtime';
import type { ObjectStore } from '../../registry/object-store.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { NamespaceTurns } from './namespace-turns.ts';

/** What one quota has been charged with. */
interface Charge {
  readonly name: string;
  readonly amounts: Amounts;
}

/**
 * Charges what a write uses to the quotas of its namespace, and refuses what they do not leave room for. A charge is a conditional write of the
 * quota's status, so that no two writes, through whichever API server, are given the same room. What fails afterwards stays charged until the
 * quota is counted again, as upstream.
 */
export class ResourceQuotaAdmission implements AdmissionPlugin {
  readonly name = 'ResourceQuota';
  private readonly turns = new NamespaceTurns();

  constructor(
    private readonly reader: AdmissionReader,
    private readonly objects: ObjectStore,
    private readonly clock: Clock,
  ) {}

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { info, namespace } = attributes;
    const write = quotaWriteOf(attributes);
    if (write === undefined || namespace === '') return;
    const evaluator = quotaEvaluatorOf(info);
    if (!evaluator?.handles(write)) return;
    if (this.reader.list(ResourceQuota, namespace).length === 0) return;
    // Writes that wait for one another here would otherwise race for the same status again and again.
    await this.turns.take(namespace, () => this.chargeAll(attributes, evaluator, write));
  }

  private async chargeAll(attributes: AdmissionAttributes, evaluator: QuotaEvaluator, write: QuotaWrite) {
    const quotas = this.reader.list(ResourceQuota, attributes.namespace);
    const covering = quotas.filter((quota) => quotaCovers(quota, evaluator, write));
    for (const quota of covering) {
      const problem = quotaProblem(quota, evaluator, write);
      if (problem !== undefined) throw admissionForbidden(attributes, problem);
    }
    const charges: Charge[] = [];
    try {
      for (const { metadata } of covering) {
        charges.push(await this.charge(attributes, metadata.name, evaluator, write));
      }
    } catch (error) {
      for (const charge of charges) await this.refund(attributes, charge);
      throw error;
    }
  }

  private async charge(
    attributes: AdmissionAttributes,
    name: string,
    evaluator: QuotaEvaluator,
    write: QuotaWrite,
  ): Promise<Charge> {
    let amounts: Amounts = new Map();
    await this.changeUsed(attributes, name, (quota) => {
      const answer = chargeQuota(quota, evaluator, write, this.clock.now());
      if (answer.kind === 'refused') throw admissionForbidden(attributes, answer.detail);
      if (answer.kind === 'free') return undefined;
      amounts = answer.added;
      return answer.used;
    });
    return { name, amounts };
  }

  private async refund(attributes: AdmissionAttributes, { name, amounts }: Charge): Promise<void> {
    if (amounts.size === 0) return;
    await this.changeUsed(attributes, name, ({ status }) => excessOf(parseAmounts(status.used), amounts));
  }

  private async changeUsed(
    { namespace, dryRun }: AdmissionAttributes,
    name: string,
    usedAfter: (quota: ResourceQuota) => Amounts | undefined,
  ): Promise<void> {
    const address = { stored: this.reader.rowOf(ResourceQuota), namespace, name };
    await this.objects.change(address, { dryRun }, (current) => {
      const quota = current?.object as ResourceQuota | undefined;
      const used = quota && usedAfter(quota);
      if (quota === undefined || used === undefined) return { kind: 'keep' };
      return { kind: 'put', object: { ...quota, status: { ...quota.status, used: formatAmounts(used) } } };
    });
  }
}

function quotaWriteOf({ operation, subresource, object, old }: AdmissionAttributes): QuotaWrite | undefined {
  if (object === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
  return { operation, subresource, object: object as ApiObject, ...(old !== undefined && { old }) };
}
