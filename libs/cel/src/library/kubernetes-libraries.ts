import { authorizerFunctions } from './authorizer-functions.ts';
import type { CelLibrary } from './cel-function.ts';
import { conversions } from './conversions.ts';
import { formatFunctions } from './format-functions.ts';
import { imageFunctions } from './image-functions.ts';
import { listFunctions } from './list-functions.ts';
import { networkFunctions } from './network-functions.ts';
import { operators } from './operators.ts';
import { optionalFunctions } from './optional-functions.ts';
import { quantityFunctions } from './quantity-functions.ts';
import { regexFunctions } from './regex-functions.ts';
import { semverFunctions } from './semver-functions.ts';
import { stringFunctions } from './string-functions.ts';
import { timeFunctions } from './time-functions.ts';
import { urlFunctions } from './url-functions.ts';

/** All functions that expressions of Kubernetes 1.36 may call. */
export const kubernetesLibraries: CelLibrary = [
  ...operators,
  ...conversions,
  ...stringFunctions,
  ...timeFunctions,
  ...regexFunctions,
  ...optionalFunctions,
  ...listFunctions,
  ...urlFunctions,
  ...quantityFunctions,
  ...networkFunctions,
  ...formatFunctions,
  ...semverFunctions,
  ...imageFunctions,
  ...authorizerFunctions,
];
