// Ed25519 verification (RFC 8032, 5.1.7) for browsers whose WebCrypto does not have it.
// Nothing secret is handled here, so time need not be constant.
const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a, m = P) => ((a % m) + m) % m;

function power(base, exponent) {
  let result = 1n;
  for (base = mod(base); exponent > 0n; exponent >>= 1n, base = mod(base * base)) {
    if (exponent & 1n) result = mod(result * base);
  }
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));
const ROOT = power(2n, (P - 1n) / 4n);

function little(bytes) {
  return bytes.reduceRight((value, byte) => (value << 8n) + BigInt(byte), 0n);
}

// A point as [X, Y, Z, T] with x = X/Z, y = Y/Z, xy = T/Z.
function addition([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function multiple(scalar, point) {
  let result = [0n, 1n, 1n, 0n];
  for (; scalar > 0n; scalar >>= 1n, point = addition(point, point)) {
    if (scalar & 1n) result = addition(result, point);
  }
  return result;
}

function pointOf(bytes) {
  const value = little(bytes);
  const y = value & (2n ** 255n - 1n);
  if (y >= P) return null;
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * ROOT);
  if (mod(x * x - square) !== 0n) return null;
  const sign = value >> 255n;
  if (x === 0n && sign === 1n) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

function isSame([x1, y1, z1], [x2, y2, z2]) {
  return mod(x1 * z2 - x2 * z1) === 0n && mod(y1 * z2 - y2 * z1) === 0n;
}

const BASE = pointOf(Uint8Array.from([0x58, ...Array(31).fill(0x66)]));

async function plainVerify(publicKey, signature, message) {
  const [a, r] = [pointOf(publicKey), pointOf(signature.slice(0, 32))];
  const s = little(signature.slice(32));
  if (signature.length !== 64 || a === null || r === null || s >= ORDER) return false;
  const hashed = new Uint8Array([...signature.slice(0, 32), ...publicKey, ...message]);
  const k = mod(little(new Uint8Array(await crypto.subtle.digest("SHA-512", hashed))), ORDER);
  return isSame(multiple(s, BASE), addition(r, multiple(k, a)));
}

// Which implementation answered is told, for the page and for tests.
async function isSigned(publicKey, signature, message, plain = false) {
  if (!plain) {
    try {
      const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
      return { good: await crypto.subtle.verify("Ed25519", key, signature, message), by: "WebCrypto" };
    } catch (error) {
      if (error.name !== "NotSupportedError") throw error;
    }
  }
  return { good: await plainVerify(publicKey, signature, message), by: "JavaScript" };
}
