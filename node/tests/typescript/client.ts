// A client that is typed by the node's document alone: what it reads, submits and is refused.
import createClient from "openapi-fetch";
import type { components, paths } from "./document";

type Event = components["schemas"]["Event"];

const node = createClient<paths>({ baseUrl: "http://127.0.0.1:1317" });

// Amounts are decimal strings, so that no digit is lost.
export async function balance(address: string): Promise<bigint> {
  const { data, error } = await node.GET("/v1/accounts/{address}/balances/{asset}", {
    params: { path: { address, asset: "0" } },
  });
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  if ("proof" in data) throw new Error(`a proof at ${data.proof.height} that nobody asked for`);
  return BigInt(data.amount);
}

// Events are told apart by their kind, and each kind has its own fields.
export function moved(event: Event): string | undefined {
  switch (event.kind) {
    case "token.transferred":
      return `${event.fields.from} -> ${event.fields.to}: ${event.fields.amount}`;
    case "token.burned":
      return `${event.fields.amount} burned`;
    default:
      return undefined;
  }
}

// Resolves with what became of a transaction; a refusal names its code and the values that broke the rule.
export async function submit(tx: string): Promise<string[]> {
  const sent = await node.POST("/v1/txs", { body: { tx } });
  if (sent.error) throw new Error(`${sent.error.code} ${JSON.stringify(sent.error.fields)}`);
  const { data, error } = await node.GET("/v1/txs/{hash}", { params: { path: { hash: sent.data.hash } } });
  if (error) throw new Error(error.detail);
  if (data.receipt?.error) throw new Error(`${data.receipt.error.code}: ${data.receipt.error.fields["need"]}`);
  return (data.receipt?.events ?? []).map(moved).filter((line) => line !== undefined);
}

// The types have teeth: what the document does not know does not compile.
export function misread(event: Event): unknown {
  if (event.kind !== "token.transferred") return undefined;
  // @ts-expect-error a transfer has no validator
  return event.fields.validator;
}
