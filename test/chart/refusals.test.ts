// @needs Helm
import { describe, expect, test } from 'vitest';
import { findRefusal, LEAST, render, type Values } from './support/render.js';

const CLAIM = { gateway: { queue: { existingClaim: 'old-queue' } } };

describe('values that contradict each other are refused', () => {
  test.each<[Values, RegExp]>([
    [{ elasticsearch: { url: '' } }, /elasticsearch\.url is not set: the gateway has nowhere to write to/],
    [{ elasticsearch: { writer: { passwordSecret: '' } } }, /elasticsearch\.writer\.passwordSecret is not set/],
    [{ setup: { passwordSecret: '' } }, /setup\.enabled is true, but setup\.passwordSecret is not set/],
    [
      { elasticsearch: { url: 'http://logs:9200', ca: { secretName: 'ca' } } },
      /elasticsearch\.ca\.secretName is set, but elasticsearch\.url is http:/,
    ],
    [{ gateway: { tls: { enabled: true } } }, /gateway\.tls\.enabled is true, but gateway\.tls\.secretName is not set/],
    [{ agent: { tls: { enabled: true } } }, /agent\.tls\.enabled is true, but agent\.tls\.secretName is not set/],
    [{ agent: { tls: { secretName: 'x' } } }, /agent\.tls\.secretName is set, but agent\.tls\.enabled is false/],
    [{ gateway: { tls: { clientCaSecret: 'x' } } }, /clientSecret is set, but gateway\.tls\.enabled is false/],
    [
      { gateway: { tls: { enabled: true, secretName: 'x', clientCaSecret: 'clients' } } },
      /gateway\.tls\.clientSecret is not set: the agents have none to show/,
    ],
    [
      { gateway: { tls: { enabled: true, secretName: 'x', clientSecret: 'agent' } } },
      /clientCaSecret is not: nobody asks the agents for a certificate/,
    ],
    [{ gateway: { autoscaling: { enabled: true } } }, /gateway\.autoscaling\.metric is not set/],
    [
      { gateway: { autoscaling: { enabled: true, metric: 'x', minReplicas: 7 } } },
      /minReplicas is 7, more than maxReplicas, which is 6/,
    ],
    [CLAIM, /existingClaim is one volume, but there may be several gateways/],
    [
      { gateway: { ...CLAIM.gateway, replicas: 1, autoscaling: { enabled: true, metric: 'x' } } },
      /existingClaim is one volume, but there may be several gateways/,
    ],
    [{ gateway: { queue: { size: '1Gi' } } }, /gateway\.queue\.size is 1Gi, less than one and a half times/],
    [
      { gateway: { memoryMib: 768 } },
      /gateway\.memoryMib is 768 MiB, not below gateway\.resources\.limits\.memory \(768Mi\)/,
    ],
    [{ agent: { memoryMib: 200 } }, /agent\.memoryMib is 200 MiB, not below/],
    [
      { gateway: { memoryMib: 64, resources: { limits: { memory: '128Mi' } } } },
      /gateway\.resources\.requests\.memory is 256Mi, more than limits\.memory, which is 128Mi/,
    ],
    [
      { setup: { resources: { limits: { cpu: 0.01 } } } },
      /setup\.resources\.requests\.cpu is 50m, more than limits\.cpu, which is 0\.01/,
    ],
    [{ podLogs: { enabled: true } }, /podLogs\.pods names no pods/],
    [{ podLogs: { pods: [{ namespace: 'x' }] } }, /podLogs\.pods names pods, but podLogs\.enabled is false/],
    [{ networkPolicy: { applications: [] } }, /networkPolicy\.applications is empty: nobody could send/],
    [{ monitoring: { enabled: true }, networkPolicy: { prometheus: [] } }, /Prometheus could not reach the collectors/],
    [
      { monitoring: { applications: [{ name: 'web', job: 'barbossa', matchLabels: { app: 'web' } }] } },
      /monitoring\.enabled is false: nobody would ask them/,
    ],
    [
      {
        monitoring: {
          enabled: true,
          applications: ['a', 'b'].map((app) => ({ name: 'web', job: 'barbossa', matchLabels: { app } })),
        },
      },
      /monitoring\.applications has two that are called "web"/,
    ],
  ])('%j', (values, sentence) => {
    expect(findRefusal([LEAST, values])).toMatch(sentence);
  });

  test.each(['7-music', 'music.prod'])('a release called %s, unless it has another name', (release) => {
    expect(findRefusal([LEAST], release)).toMatch(/cannot begin the name of a service.*: set fullnameOverride/);
    expect(() => render([LEAST, { fullnameOverride: 'music' }], release)).not.toThrow();
  });

  test('all of them in one message', () => {
    const said = findRefusal([{ gateway: { tls: { enabled: true } } }]);
    expect(said.match(/^- /gm)).toHaveLength(4);
  });
});

describe('nonsense is refused', () => {
  test.each<[Values, RegExp]>([
    [{ gateway: { replicas: 'two' } }, /\/gateway\/replicas': got string, want integer/],
    [{ gateway: { replicas: 0 } }, /\/gateway\/replicas': minimum: got 0, want 1/],
    [{ gateway: { replica: 3 } }, /'\/gateway': additional properties 'replica' not allowed/],
    [{ gatway: {} }, /additional properties 'gatway' not allowed/],
    [{ gateway: { logLevel: 'loud' } }, /logLevel': value must be one of 'debug', 'info', 'warn', 'error'/],
    [{ gateway: { queue: { accessMode: 'ReadWriteMany' } } }, /accessMode': value must be one of/],
    [
      { gateway: { queue: { size: '2 gigs' } } },
      /gateway\.queue\.size is "2 gigs", which is no quantity as 768Mi or 2Gi/,
    ],
    [{ gateway: { queue: { size: '1.6Gi' } } }, /gateway\.queue\.size is 1\.6Gi, which is no whole number of bytes/],
    [
      { agent: { resources: { requests: { cpu: 'half' } } } },
      /agent\.resources\.requests\.cpu is "half", which is no quantity as 200m or 0\.5/,
    ],
    [
      { agent: { resources: { requests: { memory: '1GB' } } } },
      /agent\.resources\.requests\.memory is "1GB", which is no quantity/,
    ],
    [
      { gateway: { autoscaling: { enabled: true, metric: 'x', averageValue: '0Mi' } } },
      /gateway\.autoscaling\.averageValue is 0: there would be gateways without end/,
    ],
    [{ monitoring: { interval: '30s1h' } }, /monitoring\.interval is "30s1h": each unit once, hours first/],
    [{ elasticsearch: { url: 'https://logs:99999' } }, /elasticsearch\.url names the port 99999: ports are 1 to 65535/],
    [{ elasticsearch: { url: 'https://logs:0' } }, /elasticsearch\.url names the port 0/],
    [{ podLogs: { stateDir: '/var/../etc' } }, /stateDir': '\/var\/\.\.\/etc' does not match pattern/],
    [{ gateway: { priorityClassName: 'a..b' } }, /priorityClassName': 'a\.\.b' does not match pattern/],
    [{ dashboards: { namespace: 'a.b' } }, /\/dashboards\/namespace': 'a\.b' does not match pattern/],
    [{ rules: { labels: { release: 'not this' } } }, /\/rules\/labels\/release': 'not this' does not match pattern/],
    [{ rules: { labels: { 'a label': 'x' } } }, /\/rules\/labels': additional properties 'a label' not allowed/],
    [{ networkPolicy: { applications: [{}] } }, /\/networkPolicy\/applications\/0': minProperties: got 0, want 1/],
    [{ gateway: { maxAge: '30d' } }, /gateway\.maxAge is "30d", which is no duration as 15s or 720h/],
    [{ elasticsearch: { target: 'stream' } }, /elasticsearch\/?.*target/],
    [{ elasticsearch: { namespace: 'My-Space' } }, /elasticsearch\/?.*namespace/],
    [{ setup: { warmDays: 30 } }, /setup\.warmDays is 30, not below setup\.retentionDays, which is 30/],
    [{ setup: { warmDays: 2, withoutIlm: true } }, /setup\.withoutIlm is true: nobody would move indices/],
    [{ setup: { retentionDays: 0 } }, /retentionDays': minimum: got 0, want 1/],
    [{ image: { tag: 'latest' } }, /image\.tag is latest, which is another image tomorrow/],
    [{ setup: { image: 'node' } }, /setup\.image has no tag or digest/],
    [{ podLogs: { enabled: true, pods: [{ pod: 'x' }] } }, /\/podLogs\/pods\/0': missing property 'namespace'/],
    [{ podLogs: { enabled: true, pods: [{ namespace: '*' }] } }, /namespace': '\*' does not match pattern/],
    [{ elasticsearch: { url: 'logs:9200' } }, /elasticsearch\.url is no address as https:\/\/host:9200/],
  ])('%j', (values, sentence) => {
    expect(findRefusal([LEAST, values])).toMatch(sentence);
  });

  test('an address with a password is not repeated', () => {
    const said = findRefusal([LEAST, { elasticsearch: { url: 'https://user:hunter2@logs:9200' } }]);
    expect(said).toMatch(/elasticsearch\.url is no address/);
    expect(said).not.toContain('hunter2');
  });
});
