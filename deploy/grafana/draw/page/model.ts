/** What the page is given: a dashboard, and what its panels' queries gave. */
export interface Drawing {
  readonly title: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly panels: readonly DrawnPanel[];
  readonly variables: readonly { readonly label: string; readonly value: string }[];
}

export interface DrawnPanel {
  readonly panel: PanelJson;
  readonly frames: readonly FrameJson[];
}

export interface FrameJson {
  readonly refId: string;
  readonly name?: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly values: readonly unknown[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly config?: Readonly<Record<string, unknown>>;
  }[];
}

export interface Override {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface PanelJson {
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly transformations?: { readonly id: string; readonly options: unknown }[];
  readonly fieldConfig?: {
    readonly defaults?: Record<string, unknown> & {
      readonly custom?: Record<string, unknown>;
      readonly noValue?: string;
    };
    readonly overrides?: readonly Override[];
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- each kind of panel has others
  readonly options: any;
}
