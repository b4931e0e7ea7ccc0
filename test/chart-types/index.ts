/** The published types of what the chart makes, each under its kind. Read by the code that types.test.ts compiles. */
export type { IServiceMonitor as ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
export type { IPodMonitor as PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
export type { IPrometheusRule as PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
export type { IDaemonSet as DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
export type { IStatefulSet as StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
export type { IHorizontalPodAutoscaler as HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
export type { IJob as Job } from 'kubernetes-models/batch/v1/Job';
export type { INetworkPolicy as NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
export type { IPodDisruptionBudget as PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
export type { IConfigMap as ConfigMap } from 'kubernetes-models/v1/ConfigMap';
export type { IService as Service } from 'kubernetes-models/v1/Service';
export type { IServiceAccount as ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
