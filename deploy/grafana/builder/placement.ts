import type { Builder } from '@grafana/grafana-foundation-sdk/cog';

/** The builders of the SDK hide links and annotations in a menu, unless told otherwise, and cannot be told. */
export function withoutPlacement<T extends { placement?: unknown }>(builder: Builder<T>): Builder<T> {
  return {
    build: () => {
      const { placement: _, ...rest } = builder.build();
      return rest as T;
    },
  };
}
