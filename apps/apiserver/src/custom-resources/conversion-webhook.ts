import {
  type ApiObject,
  type CustomConversion,
  type CustomKind,
  internal,
  type ObjectMeta,
  parseApiVersion,
} from '@orrery/api';
import type { Host, Milliseconds } from '@orrery/runtime';
import { isRecord } from '../registry/json-object.ts';
import { WebhookCallError, type WebhookClient } from '../webhooks/webhook-client.ts';

/** Upstream's limit for one call. */
const callTimeout: Milliseconds = 30_000;
/** Objects that are converted by one call. */
const reviewObjectsMax = 500;

type WebhookConversion = CustomConversion & { strategy: 'Webhook' };

/** The conversion of a custom resource failed. The text is what clients see. */
class ConversionFailure extends Error {}

/** Asks the webhook of a definition to convert its objects. Failures are internal errors of the API. */
export class ConversionWebhook {
  constructor(
    private readonly client: WebhookClient,
    private readonly host: Pick<Host, 'ids'>,
  ) {}

  /** In the order of `objects`, in the version asked for. The objects themselves stay as they are. */
  async convert(
    { conversion }: Pick<CustomKind, 'conversion'>,
    objects: readonly ApiObject[],
    apiVersion: string,
  ): Promise<ApiObject[]> {
    if (conversion.strategy !== 'Webhook') return objects.map((object) => ({ ...object, apiVersion }));
    const converted: ApiObject[] = [];
    for (let at = 0; at < objects.length; at += reviewObjectsMax) {
      converted.push(...(await this.review(conversion, objects.slice(at, at + reviewObjectsMax), apiVersion)));
    }
    return converted;
  }

  private async review(
    conversion: WebhookConversion,
    objects: readonly ApiObject[],
    desiredAPIVersion: string,
  ): Promise<ApiObject[]> {
    const [first] = objects;
    try {
      const version = conversion.conversionReviewVersions.find((name) => name === 'v1' || name === 'v1beta1');
      if (version === undefined) throw new ConversionFailure('no supported conversion review versions');
      const uid = this.host.ids.uuid();
      const review = {
        kind: 'ConversionReview',
        apiVersion: `apiextensions.k8s.io/${version}`,
        request: { uid, desiredAPIVersion, objects },
      };
      const { clientConfig } = conversion;
      const answer = await this.client.call({ clientConfig, review, timeout: callTimeout });
      return convertedObjects(answer, { version, uid, desiredAPIVersion, objects });
    } catch (error) {
      if (error instanceof ConversionFailure || error instanceof WebhookCallError) {
        throw internal(new Error(`conversion webhook for ${kindText(first)} ${failureText(error)}`, { cause: error }));
      }
      throw error;
    }
  }
}

/** What was asked, to hold the answer against. */
interface Question {
  readonly version: string;
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: readonly ApiObject[];
}

function failureText(error: Error): string {
  return error instanceof WebhookCallError ? `failed: ${error.message}` : error.message;
}

function convertedObjects(answer: Record<string, unknown>, question: Question): ApiObject[] {
  const { objects } = question;
  const converted = successfulObjects(answer, question);
  if (converted.length !== objects.length) {
    throw new ConversionFailure(`returned ${converted.length} objects, expected ${objects.length}`);
  }
  return objects.map((original, i) => {
    try {
      return checkedObject(original, converted[i], question.desiredAPIVersion);
    } catch (error) {
      if (!(error instanceof ConversionFailure)) throw error;
      const at = `at index ${i}`;
      throw new ConversionFailure(
        error.message.replace('object:', `object ${at}:`).replace('metadata:', `metadata in object ${at}:`),
      );
    }
  });
}

function successfulObjects(answer: Record<string, unknown>, { version, uid }: Question): unknown[] {
  const { kind, apiVersion, response } = answer;
  const expected = `apiextensions.k8s.io/${version}`;
  if (version === 'v1' && (kind !== 'ConversionReview' || apiVersion !== expected)) {
    const got = kindText({ kind: String(kind ?? ''), apiVersion: String(apiVersion ?? '') });
    throw new ConversionFailure(`failed: expected webhook response of ${expected}, Kind=ConversionReview, got ${got}`);
  }
  if (!isRecord(response)) throw new ConversionFailure('failed: no response provided');
  if (version === 'v1' && response.uid !== uid) {
    const got = JSON.stringify(response.uid ?? '');
    throw new ConversionFailure(`failed: expected response.uid=${JSON.stringify(uid)}, got ${got}`);
  }
  const { status = '', message = '' } = isRecord(response.result) ? response.result : {};
  if (status !== 'Success') {
    throw new ConversionFailure(`failed: ${message || `response.result.status was '${status}', not 'Success'`}`);
  }
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
}

/** Only labels and annotations of the metadata may change; all other metadata is taken from the original. */
function checkedObject(original: ApiObject, converted: unknown, apiVersion: string): ApiObject {
  if (!isRecord(converted)) throw new ConversionFailure('returned invalid converted object: it is no object');
  const invalidObject = (detail: string) => new ConversionFailure(`returned invalid converted object: ${detail}`);
  if (converted.apiVersion !== apiVersion) {
    throw invalidObject(`invalid groupVersion (expected ${apiVersion}, received ${converted.apiVersion ?? ''})`);
  }
  if (converted.kind !== original.kind) {
    throw invalidObject(`invalid kind (expected ${original.kind}, received ${converted.kind ?? ''})`);
  }
  const metadata: Record<string, unknown> = isRecord(converted.metadata) ? converted.metadata : {};
  for (const name of ['name', 'namespace', 'uid'] as const) {
    const [before = '', after = ''] = [original.metadata[name], metadata[name]];
    const shown = name === 'uid' ? 'UID' : name;
    if (before !== after) throw invalidObject(`must have the same ${shown}: ${before} != ${after}`);
  }
  return { ...converted, metadata: restoredMetadata(original.metadata, metadata) } as unknown as ApiObject;
}

function restoredMetadata(original: ObjectMeta, converted: Record<string, unknown>): ObjectMeta {
  const { labels: _, annotations: __, ...rest } = original;
  const restored: Record<string, unknown> = { ...rest };
  for (const name of ['labels', 'annotations'] as const) {
    const texts = converted[name];
    if (texts === undefined || texts === null) continue;
    if (!isRecord(texts) || Object.values(texts).some((text) => typeof text !== 'string')) {
      throw new ConversionFailure(`returned invalid metadata: ${name} is not a map of strings`);
    }
    if (Object.keys(texts).length > 0) restored[name] = texts;
  }
  return restored as unknown as ObjectMeta;
}

/** `stable.example.com/v1, Kind=CronTab`, as upstream prints a kind. */
function kindText(object: { readonly kind: string; readonly apiVersion: string } | undefined): string {
  const { group = '', version = '' } = parseApiVersion(object?.apiVersion ?? '') ?? {};
  return `${group}/${version}, Kind=${object?.kind ?? ''}`;
}
