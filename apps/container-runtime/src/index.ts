export type {
  ContainerRuntimeConfig,
  RegistriesConfig,
  RuncDriverConfig,
  SimulatedDriverConfig,
} from './container-runtime.config.ts';
export {
  type ContainerRuntimeSettings,
  containerRuntimeProcess,
  type SimulatedDriverSettings,
} from './container-runtime.process.ts';
export { containerRuntimeService } from './container-runtime.ts';
export { buildImage, type ImageFile, type ImageRecipe } from './image-build/build-image.ts';
export { busyboxFiles, importArchive, NoImageArchiveError, storeArchive } from './image-build/image-archives.driver.ts';
export { SimulatedNetwork, type SimulatedProbeNetwork, simulatedProbeNetwork } from './simulated/simulated-network.ts';
