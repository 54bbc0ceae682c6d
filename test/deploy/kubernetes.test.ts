/** The manifests agree with each other, with the image and with the program. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { POOL_DEFAULTS } from "../../src/knowledge/parse/pool-options.ts";
import { environmentOf, only, stagesOf } from "./dockerfile.ts";
import {
  CLOSING_MS,
  configOf,
  MOST_BYTES,
  operatorPaths,
  readText,
  readVariables,
  readYaml,
  ROOT,
} from "./files.ts";

type Labels = Readonly<Record<string, string>>;

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly strategy: { readonly rollingUpdate: { readonly maxUnavailable: number } };
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: {
        readonly enableServiceLinks: boolean;
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
        readonly containers: readonly {
          readonly image: string;
          readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
          readonly startupProbe: Probe;
          readonly livenessProbe: Probe;
          readonly readinessProbe: Probe;
          readonly resources: { readonly limits: { readonly memory: string } };
          readonly securityContext: Readonly<Record<string, unknown>>;
        }[];
      };
    };
  };
}

interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector: Labels;
    readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
  };
}

interface Ingress {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly rules: readonly {
      readonly http: {
        readonly paths: readonly {
          readonly path: string;
          readonly backend: {
            readonly service: { readonly name: string; readonly port: { readonly name: string } };
          };
        }[];
      };
    }[];
  };
}

interface Kustomization {
  readonly resources: readonly string[];
  readonly images: readonly { readonly name: string }[];
}

const manifest = async <T>(file: string): Promise<T[]> =>
  (await readYaml("deploy", "kubernetes", file)) as T[];

const [deployment] = (await manifest<Deployment>("deployment.yaml")) as [Deployment];
const [service] = (await manifest<Service>("service.yaml")) as [Service];
const ingresses = await manifest<Ingress>("ingress.yaml");
const [kustomization] = (await manifest<Kustomization>("kustomization.yaml")) as [Kustomization];
const { spec: pod, metadata } = deployment.spec.template;
const [container] = pod.containers;
if (!container) throw new Error("no container");
const [, image = []] = stagesOf(await readText("deploy", "Dockerfile"));
const settings = readVariables(await readText("deploy", "kubernetes", "chatter.env"));
const secrets = readVariables(await readText("deploy", "kubernetes", "secret.env.example"));

it("names every manifest", async () => {
  const files = (await readdir(join(ROOT, "deploy", "kubernetes"))).filter((file) =>
    file.endsWith(".yaml"),
  );
  const others = files.filter((file) => file !== "kustomization.yaml");
  expect(kustomization.resources.toSorted()).toEqual(others.toSorted());
  expect(kustomization.images.map(({ name }) => name)).toEqual([container.image]);
});

it("has settings that the program takes", () => {
  const yours = { CHATTER_SECRET_KEY: "1".repeat(64), CHATTER_BOOTSTRAP_KEY: "2".repeat(64) };
  const config = configOf({ ...environmentOf(image), ...settings, ...secrets, ...yours });
  expect(config).toMatchObject({ host: "0.0.0.0", auth: { mode: "required" }, warnings: [] });
  expect(config.databaseUrl).not.toBeNull();
  for (const name of Object.keys(yours)) expect(secrets).toHaveProperty(name, "");
});

it("keeps secrets out of the repository", async () => {
  expect(Object.keys(settings).filter((name) => /KEY|PASSWORD|SECRET|DATABASE/.test(name))).toEqual(
    [],
  );
  expect((await readText(".gitignore")).split("\n")).toContain("deploy/kubernetes/secret.env");
});

it("lets an instance stop in order before it is killed", () => {
  const { stopDelayMs, drainTimeoutMs } = configOf({ ...secrets, ...settings });
  expect(stopDelayMs).toBeGreaterThan(0);
  const stopMs = stopDelayMs + drainTimeoutMs + CLOSING_MS;
  expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(stopMs);
});

it("replaces instances one by one", () => {
  expect(deployment.spec.replicas).toBeGreaterThan(1);
  expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
});

it("asks where the program answers", () => {
  const [port] = container.ports;
  expect(port?.containerPort).toBe(Number(environmentOf(image)["CHATTER_PORT"]));
  const { startupProbe, livenessProbe, readinessProbe } = container;
  for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
    expect(httpGet.port).toBe(port?.name);
    expect(operatorPaths()).toContain(httpGet.path);
  }
  // A database that is away must not have all instances killed.
  expect(livenessProbe.httpGet.path).toBe("/healthz");
  expect(readinessProbe.httpGet.path).toBe("/readyz");
});

it("leads from the ingress to the port of the container", () => {
  expect(service.spec.ports.map(({ targetPort }) => targetPort)).toEqual([
    container.ports[0]?.name,
  ]);
  const backends = ingresses.flatMap(({ spec }) =>
    spec.rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend.service)),
  );
  expect(backends.length).toBeGreaterThan(0);
  for (const backend of backends) {
    expect(backend.name).toBe(service.metadata.name);
    expect(service.spec.ports.map(({ name }) => name)).toContain(backend.port.name);
  }
});

it("takes documents as large as the server does, and holds no event back", () => {
  const [main] = ingresses;
  const option = (name: string): string | undefined =>
    main?.metadata.annotations[`nginx.ingress.kubernetes.io/${name}`];
  const [, megabytes] = /^(\d+)m$/.exec(option("proxy-body-size") ?? "") ?? [];
  expect(Number(megabytes) * 1024 ** 2).toBeGreaterThan(POOL_DEFAULTS.fileBytes);
  expect(option("proxy-buffering")).toBe("off");
});

it("shows strangers nothing that operators ask", () => {
  const hidden = ingresses
    .filter(({ metadata: { annotations } }) =>
      annotations["nginx.ingress.kubernetes.io/whitelist-source-range"]?.startsWith("127."),
    )
    .flatMap(({ spec }) => spec.rules.flatMap(({ http }) => http.paths.map(({ path }) => path)));
  expect(hidden).toEqual(["/metrics", "/readyz"]);
  for (const path of hidden) expect(operatorPaths()).toContain(path);
});

it("selects the same pods everywhere", async () => {
  const [budget] = await manifest<Deployment>("disruption-budget.yaml");
  const [policy] = await manifest<{ spec: { podSelector: { matchLabels: Labels } } }>(
    "network-policy.yaml",
  );
  const selected = [
    deployment.spec.selector.matchLabels,
    service.spec.selector,
    budget?.spec.selector.matchLabels,
    policy?.spec.podSelector.matchLabels,
  ];
  for (const labels of selected) expect(labels).toEqual(metadata.labels);
});

it("keeps the variables of its own Service out of the settings", () => {
  expect(service.metadata.name).toBe("chatter");
  expect(() => configOf({ CHATTER_PORT: "tcp://10.0.0.1:80" })).toThrow("CHATTER_PORT");
  expect(pod.enableServiceLinks).toBe(false);
});

it("gives no rights, and memory for all children", () => {
  const user = only(image, "USER").text;
  expect(`${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`).toBe(user);
  expect(pod.securityContext).toMatchObject({
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  const [, gigabytes] = /^(\d+)Gi$/.exec(container.resources.limits.memory) ?? [];
  expect(Number(gigabytes) * 1024 ** 3).toBeGreaterThan(MOST_BYTES);
});
