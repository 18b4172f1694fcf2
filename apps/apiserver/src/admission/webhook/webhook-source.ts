import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '@orrery/api';
import type { CachedObject } from '../../cache/cached-object.ts';
import type { ObjectCache } from '../../cache/object-cache.ts';
import type { ConfiguredWebhook } from './webhook.ts';

type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration;
type WebhookOf<Config extends Configuration> = Config extends MutatingWebhookConfiguration
  ? MutatingWebhook
  : ValidatingWebhook;

/** All webhooks of one sort, in the order of their configurations' names, as the cache has them now. */
export class WebhookSource<Config extends Configuration> {
  private configurations: readonly CachedObject[] | undefined;
  private known: readonly ConfiguredWebhook<WebhookOf<Config>>[] = [];

  constructor(
    private readonly cache: ObjectCache,
    private readonly resource: 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations',
  ) {}

  list(): readonly ConfiguredWebhook<WebhookOf<Config>>[] {
    // The cache gives the same array until something changes.
    const configurations = this.cache.resource('admissionregistration.k8s.io', this.resource).range('');
    if (configurations === this.configurations) return this.known;
    this.configurations = configurations;
    this.known = configurations.flatMap(({ object }) => webhooksOf(object as Config));
    return this.known;
  }
}

function webhooksOf<Config extends Configuration>({ metadata, webhooks = [] }: Config) {
  return (webhooks as WebhookOf<Config>[]).map((webhook, index) => ({
    configuration: metadata.name,
    id: `${metadata.name}/${webhook.name}/${index}`,
    webhook,
  }));
}
