import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { repository } from './orrery-command.ts';

/** A kubectl on this machine. */
export interface Kubectl {
  /** As the test's name shows it. */
  readonly label: string;
  readonly path: string;
}

/** Debian's kubectl, which `npm test` unpacks beside whatever the machine has, and all that the machine has, oldest first. */
export function kubectlVersions(): Kubectl[] {
  const debian = join(repository, 'node_modules/.cache/orrery/kubernetes-client/usr/bin/kubectl');
  const found: Kubectl[] = existsSync(debian) ? [{ label: "Debian's kubectl", path: debian }] : [];
  const typed = onPath();
  if (typed === undefined) return found;
  const real = realpathSync(typed);
  const siblings = readdirSync(dirname(real))
    .filter((name) => /^kubectl\.\d/.test(name))
    .sort();
  if (siblings.length === 0) return [...found, { label: 'kubectl', path: real }];
  return [...found, ...siblings.map((name) => ({ label: name, path: join(dirname(real), name) }))];
}

/** The two ends of `kubectlVersions`: one where there is only one, none where there is none. */
export function oldestAndNewestKubectl(): Kubectl[] {
  const all = kubectlVersions();
  return all.filter((_, index) => index === 0 || index === all.length - 1);
}

/** What a person who types `kubectl` gets, or else Debian's; `kubectl` itself where there is none at all. */
export function kubectlPath(): string {
  return onPath() ?? kubectlVersions()[0]?.path ?? 'kubectl';
}

function onPath(): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'kubectl'))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
