import { deepEqual, internal, type MutatingWebhook, type MutatingWebhookConfiguration, timeout } from '@orrery/api';
import type { Logger } from '@orrery/runtime';
import type { ObjectVersions } from '../../custom-resources/object-versions.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { Reinvocation } from '../reinvocation.ts';
import { type AdmissionAnswer, patchOperations } from './admission-review.ts';
import { patchObject } from './patched-object.ts';
import type { ConfiguredWebhook, Invocation } from './webhook.ts';
import { refusalOf, type WebhookCaller } from './webhook-caller.ts';
import { CallingWebhookError, denied } from './webhook-errors.ts';
import type { WebhookSource } from './webhook-source.ts';

type Hook = ConfiguredWebhook<MutatingWebhook>;

const annotationDomain = 'webhook.admission.k8s.io';

/** What the second round has to know of the first. */
interface FirstRound {
  /** Webhooks that want to be asked again when somebody behind them has changed the object; those of `required` have reason to. */
  readonly called: Set<string>;
  readonly required: Set<string>;
  /** The object as the webhooks left it. */
  output: unknown;
}

/** Lets mutating webhooks change the object, one after the other in the order of their names. */
export class MutatingWebhookAdmission implements AdmissionPlugin {
  readonly name = 'MutatingAdmissionWebhook';

  constructor(
    private readonly source: WebhookSource<MutatingWebhookConfiguration>,
    private readonly caller: WebhookCaller,
    private readonly versions: Pick<ObjectVersions, 'convert'>,
    private readonly logger: Logger,
  ) {}

  async admit(attributes: AdmissionAttributes, reinvocation: Reinvocation): Promise<void> {
    const hooks = this.source.list();
    if (hooks.length === 0) return;
    const memory = reinvocation.memoryOf(this, freshRound);
    // Somebody else has changed the object since: all that want to see it again have to.
    if (reinvocation.isReinvoke && !deepEqual(memory.output, attributes.object)) requireCalled(memory);
    for (const [index, hook] of hooks.entries()) {
      const invocation = await this.caller.invocation(attributes, hook);
      if (invocation === undefined) continue;
      if (reinvocation.isReinvoke && !memory.required.has(hook.id)) continue;
      const changed = await this.ask(hook, invocation, `round_${reinvocation.isReinvoke ? 1 : 0}_index_${index}`);
      if (changed) {
        requireCalled(memory);
        reinvocation.require();
      }
      if (hook.webhook.reinvocationPolicy === 'IfNeeded') memory.called.add(hook.id);
    }
    memory.output = structuredClone(attributes.object);
  }

  /** Has the webhook changed the object? */
  private async ask(hook: Hook, invocation: Invocation, place: string): Promise<boolean> {
    const { attributes } = invocation;
    const { configuration, webhook } = hook;
    let mutated = false;
    try {
      const answer = await this.caller.call(invocation, hook, true);
      if (!answer.allowed) throw denied(webhook.name, answer.result);
      mutated = await applyPatch(hook, invocation, answer, place, this.versions);
    } catch (error) {
      const refusal = refusalOf(hook, error);
      if (refusal !== undefined) throw refusal;
      attributes.annotate(`failed-open.mutation.${annotationDomain}/${place}`, webhook.name);
      this.logger.warn('webhook failed, failing open', { configuration, webhook: webhook.name, error });
      if (attributes.signal?.aborted) throw timeout('request did not complete within requested timeout');
    } finally {
      const value = JSON.stringify({ configuration, webhook: webhook.name, mutated });
      attributes.annotate(`mutation.${annotationDomain}/${place}`, value);
    }
    return mutated;
  }
}

function freshRound(): FirstRound {
  return { called: new Set(), required: new Set(), output: undefined };
}

function requireCalled({ called, required }: FirstRound): void {
  for (const id of called) required.add(id);
  called.clear();
}

async function applyPatch(
  hook: Hook,
  invocation: Invocation,
  answer: AdmissionAnswer,
  place: string,
  versions: Pick<ObjectVersions, 'convert'>,
): Promise<boolean> {
  const { configuration, webhook } = hook;
  const { attributes } = invocation;
  if (answer.patch === undefined) return false;
  const operations = decodedPatch(webhook.name, answer.patch);
  if (operations.length === 0) return false;
  if (attributes.object === undefined) {
    const problem = `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`;
    throw internal(new Error(problem));
  }
  if (answer.patchType !== 'JSONPatch') {
    throw new CallingWebhookError(webhook.name, `unsupported patch type ${JSON.stringify(answer.patchType)}`);
  }
  const changed = await patchObject(invocation, attributes.object, operations, versions);
  const value = JSON.stringify({ configuration, webhook: webhook.name, patch: operations, patchType: 'JSONPatch' });
  attributes.annotate(`patch.${annotationDomain}/${place}`, value);
  return changed;
}

function decodedPatch(webhook: string, patch: string): readonly unknown[] {
  try {
    return patchOperations(patch);
  } catch (cause) {
    const reason = `received undecodable patch in webhook response: ${(cause as Error).message}`;
    throw new CallingWebhookError(webhook, reason, { cause });
  }
}
