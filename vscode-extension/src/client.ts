// The library's client, less what the extension does by itself.
import { ExecuteCommandRequest } from "vscode-languageclient";
import type { ClientCapabilities, DynamicFeature, StaticFeature } from "vscode-languageclient";
import { LanguageClient } from "vscode-languageclient/node";

/** Asks to be told of plans: see server/README.md, "Handshake". */
class PlanChanges implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...experimental, pland: { planChanged: true } };
  }
  initialize(): void {
    // Nothing: the server speaks by itself.
  }
  getState(): { kind: "static" } {
    return { kind: "static" };
  }
  clear(): void {
    // Nothing is held.
  }
}

export class PlandClient extends LanguageClient {
  protected override registerBuiltinFeatures(): void {
    super.registerBuiltinFeatures();
    this.registerFeature(new PlanChanges());
  }

  /** The commands `pland.<verb>` are ours: they exist while the server is down, and have pickers. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the library's own signature
  override registerFeature(feature: StaticFeature | DynamicFeature<any>): void {
    if ("registrationType" in feature && feature.registrationType.method === ExecuteCommandRequest.method) return;
    super.registerFeature(feature);
  }
}
