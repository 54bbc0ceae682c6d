/** Profiles: named model settings. */
import type { Hono } from "hono";
import { endpoints } from "../../contract/endpoints.ts";
import type { Profile, ProfileRequest } from "../../contract/profiles.ts";
import type { Planner } from "../../runs/accept/planner.ts";
import { combine, NotFoundError } from "../../workflow/errors.ts";
import { newId } from "../../workflow/ids.ts";
import { type Available, unknownProvider } from "../../workflow/plan/available.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { AppEnv } from "../context.ts";
import { route } from "../route.ts";

function found(profile: Profile | null, id: string): Profile {
  if (!profile) throw new NotFoundError(`Profile ${id}`);
  return profile;
}

/** Refuses a profile that names a provider which is unknown here. */
function check(profile: ProfileRequest, available: Available): void {
  const errors = [
    ...(profile.provider ? unknownProvider(profile.provider, available) : []),
    ...(profile.fallback_models ?? []).flatMap(({ provider }, index) =>
      unknownProvider(provider, available, `fallback_models.${index}.provider`),
    ),
  ];
  if (errors.length > 0) throw combine(errors);
}

export function profileRoutes(
  app: Hono<AppEnv>,
  { store, planner }: { store: Store; planner: Planner },
): void {
  route(app, endpoints.listProfiles, ({ query, principal }) =>
    store.profiles.list(principal.userId, query),
  );

  route(app, endpoints.createProfile, ({ body, principal }) => {
    check(body, planner.available(principal.userId));
    return store.profiles.create(principal.userId, newId("prof"), body);
  });

  route(app, endpoints.getProfile, async ({ params, principal }) =>
    found(await store.profiles.get(principal.userId, params.id), params.id),
  );

  route(app, endpoints.replaceProfile, async ({ params, body, principal }) => {
    check(body, planner.available(principal.userId));
    return found(await store.profiles.replace(principal.userId, params.id, body), params.id);
  });

  route(app, endpoints.deleteProfile, async ({ params, principal }) => {
    if (!(await store.profiles.delete(principal.userId, params.id))) {
      throw new NotFoundError(`Profile ${params.id}`);
    }
    return null;
  });
}
