import type { Container, KubernetesObject, Labels, PodSpec } from './kubernetes.js';

/** A pod of the chart: by what it is made, its labels, what is in it. */
export interface Pod {
  readonly owner: KubernetesObject;
  readonly labels: Labels;
  readonly spec: PodSpec;
}

export function listPods(objects: readonly KubernetesObject[]): Pod[] {
  return objects.flatMap((owner) => {
    const template = owner.spec?.template;
    return template === undefined ? [] : [{ owner, labels: template.metadata.labels, spec: template.spec }];
  });
}

export function listContainers({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** Reads the node's files, as root; all others fit the restricted standard. */
export function isNodeReader({ owner }: Pod): boolean {
  return owner.metadata.labels?.['app.kubernetes.io/component'] === 'pod-logs';
}

/** What the restricted Pod Security Standard, and more than it, says against a pod. */
export function findSecurityFaults(pod: Pod): string[] {
  const { spec } = pod;
  const faults: string[] = [];
  if (spec.hostNetwork === true || spec.hostPID === true || spec.hostIPC === true) {
    faults.push('is in a host namespace');
  }
  if (spec.automountServiceAccountToken !== false) faults.push('has a token for the API');
  if (spec.securityContext?.seccompProfile?.type !== 'RuntimeDefault') faults.push('has no seccomp profile');
  for (const container of listContainers(pod)) faults.push(...findContainerFaults(container, isNodeReader(pod)));
  if (isNodeReader(pod)) return faults;
  if (spec.securityContext?.runAsNonRoot !== true || (spec.securityContext.runAsUser ?? 0) === 0) {
    faults.push('is root');
  }
  if (spec.volumes?.some(({ hostPath }) => hostPath !== undefined) === true) faults.push('mounts a folder of the node');
  return faults;
}

function findContainerFaults({ name, image, securityContext, ports, resources }: Container, reader: boolean): string[] {
  const faults: string[] = [];
  if (securityContext?.allowPrivilegeEscalation !== false) faults.push(`${name} may become more`);
  if (securityContext?.privileged === true) faults.push(`${name} is privileged`);
  if (securityContext?.readOnlyRootFilesystem !== true) faults.push(`${name} writes to its image`);
  if (securityContext?.capabilities?.drop?.includes('ALL') !== true) faults.push(`${name} keeps capabilities`);
  if (securityContext?.capabilities?.add !== undefined) faults.push(`${name} has more capabilities`);
  if (!reader && securityContext?.runAsNonRoot !== true) faults.push(`${name} may be root`);
  if (ports?.some(({ hostPort }) => hostPort !== undefined) === true) faults.push(`${name} has a port of the node`);
  if (resources?.limits?.['memory'] === undefined) faults.push(`${name} has no limit of memory`);
  if (resources?.requests?.['cpu'] === undefined) faults.push(`${name} asks for no CPU`);
  if (!/(?::[\w.-]+|@sha256:[0-9a-f]{64})$/.test(image)) faults.push(`${name} has an image without a version`);
  return faults;
}

/** Where a secret could be read in an object. */
export function findSecretFaults(object: KubernetesObject): string[] {
  const containers = listPods([object]).flatMap(listContainers);
  return [...(object.kind === 'Secret' ? ['is a secret'] : []), ...containers.flatMap(findEnvironmentFaults)];
}

function findEnvironmentFaults({ name, env = [], envFrom }: Container): string[] {
  const faults = envFrom === undefined ? [] : [`${name} takes its environment from elsewhere`];
  for (const { name: variable, value = '', valueFrom } of env) {
    if (valueFrom !== undefined) faults.push(`${name} takes ${variable} from elsewhere`);
    const isFile = variable.endsWith('_FILE') && value.startsWith('/run/secrets/');
    if (/PASSWORD|TOKEN|SECRET|KEY|AUTH/.test(variable) && !isFile) faults.push(`${name} has ${variable}`);
    if (/:\/\/[^/]*@/.test(value)) faults.push(`${name} has a login in ${variable}`);
  }
  return faults;
}

/** Files of /run/secrets that a pod is told of and does not have. */
export function findMissingSecrets({ spec }: Pod): string[] {
  const sources = spec.volumes?.flatMap(({ projected }) => projected?.sources ?? []) ?? [];
  const files = new Set(sources.flatMap(({ secret }) => secret.items.map(({ path }) => `/run/secrets/${path}`)));
  const named = spec.containers.flatMap(({ env = [] }) => env.map(({ value = '' }) => value));
  return named.filter((value) => value.startsWith('/run/secrets/') && !files.has(value));
}

/** Mounts without a volume, and volumes without a mount. */
export function findVolumeFaults(pod: Pod): string[] {
  const claims = pod.owner.spec?.volumeClaimTemplates?.map(({ metadata }) => metadata.name) ?? [];
  const volumes = [...(pod.spec.volumes ?? []).map(({ name }) => name), ...claims];
  const mounts = listContainers(pod).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  return [
    ...mounts.filter((name) => !volumes.includes(name)).map((name) => `${name} is no volume`),
    ...volumes.filter((name) => !mounts.includes(name)).map((name) => `${name} is not mounted`),
  ];
}

/** Whether `labels` are among those that a selector takes. */
export function isSelected(labels: Labels, selector: Labels): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** Ports that a Service names and no container of its pods has, or a policy keeps shut. */
export function findPortFaults(objects: readonly KubernetesObject[]): string[] {
  const pods = listPods(objects);
  return objects.flatMap((service) => {
    if (service.kind !== 'Service') return [];
    const { name } = service.metadata;
    const pod = pods.find(({ labels }) => isSelected(labels, service.spec?.selector ?? {}));
    if (pod === undefined) return [`${name} selects no pod`];
    return (service.spec?.ports ?? []).flatMap(({ port, targetPort }) => {
      const target = listContainers(pod).flatMap(({ ports = [] }) =>
        ports.filter((known) => known.name === targetPort),
      );
      if (target[0]?.containerPort !== port) return [`${name}: ${targetPort} is no port of its pods`];
      return isOpen(objects, pod, port) ? [] : [`${name}: ${port} is shut by the policy`];
    });
  });
}

/** Whether some peer may reach a port; all may where no policy has chosen the pod. */
export function isOpen(objects: readonly KubernetesObject[], pod: Pod, port: number): boolean {
  const policies = listPolicies(objects, pod);
  if (policies.length === 0) return true;
  const rules = policies.flatMap(({ spec }) => spec?.ingress ?? []);
  return rules.some(({ ports = [] }) => ports.some((known) => known.port === port));
}

export function listPolicies(objects: readonly KubernetesObject[], { labels }: Pod): KubernetesObject[] {
  return objects.filter(
    ({ kind, spec }) => kind === 'NetworkPolicy' && isSelected(labels, spec?.podSelector?.matchLabels ?? {}),
  );
}
