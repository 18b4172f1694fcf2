import { expect, it } from '@jest/globals';
import { selectPlugins, UnknownAdmissionPluginError } from './plugin-selection.ts';

const plugins = ['ResourceQuota', 'AlwaysPullImages', 'MutatingAdmissionWebhook', 'NamespaceLifecycle'].map((name) => ({
  name,
}));
const namesOf = (selection?: Parameters<typeof selectPlugins>[1]) =>
  selectPlugins(plugins, selection).map(({ name }) => name);

it.each([
  [undefined, ['NamespaceLifecycle', 'MutatingAdmissionWebhook', 'ResourceQuota']],
  [
    { enable: ['AlwaysPullImages'] },
    ['NamespaceLifecycle', 'AlwaysPullImages', 'MutatingAdmissionWebhook', 'ResourceQuota'],
  ],
  [{ disable: ['ResourceQuota'] }, ['NamespaceLifecycle', 'MutatingAdmissionWebhook']],
  [
    { enable: ['AlwaysPullImages'], disable: ['AlwaysPullImages'] },
    ['NamespaceLifecycle', 'MutatingAdmissionWebhook', 'ResourceQuota'],
  ],
])('%j runs %j', (selection, expected) => {
  expect(namesOf(selection)).toEqual(expected);
});

it('refuses names that do not exist', () => {
  expect(() => namesOf({ enable: ['Podsecurity'] })).toThrow(UnknownAdmissionPluginError);
});
