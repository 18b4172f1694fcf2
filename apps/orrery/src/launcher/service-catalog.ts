import { apiServerService } from '@orrery/apiserver';
import {
  containerRuntimeProcess,
  containerRuntimeService,
  SimulatedNetwork,
  simulatedProbeNetwork,
} from '@orrery/container-runtime';
import { controllerManagerService } from '@orrery/controller-manager';
import { InProcessCriEndpoint } from '@orrery/cri';
import { kubeProxyService } from '@orrery/kube-proxy';
import { kubeletProcess, kubeletService, MemoryVolumes, simulatedMachine } from '@orrery/kubelet';
import { podNetworkProcess } from '@orrery/pod-network';
import { type Disk, type Host, MemoryDisk, subDisk } from '@orrery/runtime';
import { schedulerService } from '@orrery/scheduler';
import { type RunningService, type ServiceContext, startService } from '@orrery/service';
import { storageService } from '@orrery/storage';
import type { ServicePlan } from '../cluster-plan/cluster-plan.ts';

/** What the services of one process share although they are services of their own. */
export class InProcessLinks {
  readonly simulatedNetwork = new SimulatedNetwork();
  private readonly endpoints = new Map<string, InProcessCriEndpoint>();
  private readonly nodeDisks = new Map<string, Disk>();

  /** Where kubelet and runtime of a node meet. */
  endpoint(node: string): InProcessCriEndpoint {
    const endpoint = this.endpoints.get(node) ?? new InProcessCriEndpoint();
    this.endpoints.set(node, endpoint);
    return endpoint;
  }

  /** Logs and volumes of a simulated node: gone with its pods, hence with the process. */
  nodeDisk(node: string, folder: 'logs' | 'volumes'): Disk {
    const disk = this.nodeDisks.get(node) ?? new MemoryDisk();
    this.nodeDisks.set(node, disk);
    return subDisk(disk, folder);
  }
}

/** Starts the planned service inside this process. */
export async function launchInProcess(
  plan: ServicePlan,
  context: ServiceContext,
  links: InProcessLinks,
  facts: { processId: number; version: string },
): Promise<RunningService> {
  switch (plan.service) {
    case 'storage':
      return startService(storageService, plan.settings, context, facts);
    case 'apiserver':
      return startService(apiServerService, plan.settings, context, facts);
    case 'scheduler':
      return startService(schedulerService, plan.settings, context, facts);
    case 'controller-manager':
      return startService(controllerManagerService, plan.settings, context, facts);
    case 'kube-proxy':
      return startService(kubeProxyService, plan.settings, context, facts);
    case 'pod-network':
      return startService(
        podNetworkProcess.service,
        await podNetworkProcess.configure(plan.settings, context.host),
        context,
        facts,
      );
    case 'container-runtime':
      return startService(containerRuntimeService, await runtimeConfig(plan, context.host, links), context, facts);
    case 'kubelet':
      return startService(kubeletService, await kubeletConfig(plan, context.host, links), context, facts);
    default:
      return plan satisfies never;
  }
}

async function runtimeConfig(
  plan: Extract<ServicePlan, { service: 'container-runtime' }>,
  host: Host,
  links: InProcessLinks,
) {
  const { nodeName, driver } = plan.settings;
  const config = await containerRuntimeProcess.configure(plan.settings, host);
  const endpoint = links.endpoint(nodeName);
  if (driver.kind === 'runc') return { ...config, endpoint };
  const { simulatedNetwork: network } = links;
  const podLogs = links.nodeDisk(nodeName, 'logs');
  const podVolumes = links.nodeDisk(nodeName, 'volumes');
  return { ...config, endpoint, driver: { ...driver, network, podLogs, podVolumes } };
}

async function kubeletConfig(plan: Extract<ServicePlan, { service: 'kubelet' }>, host: Host, links: InProcessLinks) {
  const { nodeName, folder, simulated } = plan.settings;
  const config = await kubeletProcess.configure(plan.settings, host);
  const cri = links.endpoint(nodeName);
  if (!simulated) return { ...config, cri };
  return {
    ...config,
    cri,
    podLogs: links.nodeDisk(nodeName, 'logs'),
    volumes: new MemoryVolumes(links.nodeDisk(nodeName, 'volumes'), folder),
    machine: simulatedMachine,
    probeNetwork: simulatedProbeNetwork(links.simulatedNetwork),
  };
}
