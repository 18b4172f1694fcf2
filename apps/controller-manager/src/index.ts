import type { Service } from '@orrery/service';
import type { ControllerManagerConfig } from './config/controller-manager-config.ts';
import { ControllerManagerModule } from './controller-manager.module.ts';

export type { ControllerManagerConfig } from './config/controller-manager-config.ts';

/** kube-controller-manager: keeps the cluster as its objects say. */
export const controllerManagerService: Service<ControllerManagerConfig> = {
  name: 'controller-manager',
  module: (config, context) => ControllerManagerModule.register(config, context),
};
