/** A dashboard as its file has it: what is checked is the JSON, not what made it. */
export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
  readonly panels: readonly PanelJson[];
  readonly templating: { readonly list?: readonly VariableJson[] };
  readonly annotations: { readonly list?: readonly AnnotationJson[] };
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly TargetJson[];
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly thresholds?: { readonly steps: readonly unknown[] };
      readonly links?: readonly { readonly url?: string }[];
    };
    readonly overrides?: readonly {
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
}

/** A query of either data source. */
export interface TargetJson {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly query?: string;
  readonly alias?: string;
  readonly timeField?: string;
  readonly bucketAggs?: readonly BucketJson[];
  readonly metrics?: readonly {
    readonly type: string;
    readonly id: string;
    readonly settings?: { readonly limit?: string };
  }[];
}

export interface BucketJson {
  readonly id: string;
  readonly type: string;
  readonly field?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

export interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly query?: string | { readonly query?: string };
  readonly definition?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly allValue?: string;
}

export interface AnnotationJson {
  readonly name: string;
  readonly titleFormat?: string;
  readonly target?: TargetJson;
}
