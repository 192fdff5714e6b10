// Signs with an unmodified viem what a node built, and sends it.
//   node wallet.mjs URL PRIVATE_KEY eip712|eip191 MODULE MESSAGE BODY [BYTE_TO_CHANGE]
import { concatHex, hexToBytes, numberToHex, parseSignature, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const [url, key, kind, module, message, body, mutate] = process.argv.slice(2);
const account = privateKeyToAccount(key);
const post = async (path, json) => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(json) });
  return response.json();
};
const little = (number, size) => numberToHex(number, { size }).replace("0x", "").match(/../g).reverse().join("");
const le = (number, size) => `0x${little(number, size)}`;

const request = { sender: account.address, body: JSON.parse(body), signature: kind };
const built = await post(`/v1/txs/build/${module}/${message}`, request);
if (!built.body_bytes) throw new Error(JSON.stringify(built));
const signature =
  kind === "eip712"
    ? await account.signTypedData(built.typed_data)
    : await account.signMessage({ message: built.summary });
const { r, s, yParity } = parseSignature(signature);
const unit = ({ asset, symbol, decimals }) =>
  concatHex([le(asset, 8), le(symbol.length, 4), stringToHex(symbol), le(decimals, 1)]);
const units = concatHex([le(built.units.length, 4), ...built.units.map(unit)]);
const tag = kind === "eip712" ? "0x02" : "0x03";
const authenticator = concatHex([tag, r, s, le(yParity, 1), units]);
const bytes = hexToBytes(concatHex([built.body_bytes, le(1, 4), authenticator, le(0, 4)]));
// Another transaction than the one that was signed.
if (mutate) bytes[Number(mutate)] ^= 1;
console.log(JSON.stringify(await post("/v1/txs", { tx: `0x${Buffer.from(bytes).toString("hex")}` })));
