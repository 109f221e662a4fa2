// The same checks as `litterwatch evidence verify`.
async function bytesOf(members, name) {
  if (!members.has(name)) throw new Broken(`thiếu ${name} / ${name} is missing`);
  return new Uint8Array(await members.get(name).content.arrayBuffer());
}

async function jsonOf(members, name) {
  return JSON.parse(UTF8.decode(await bytesOf(members, name)));
}

// Canonical JSON of an object of texts: keys sorted, no blanks.
function canonical(object) {
  const sorted = Object.keys(object).sort().map((key) => [key, object[key]]);
  return new TextEncoder().encode(JSON.stringify(Object.fromEntries(sorted)));
}

async function signedStatement(members, name, kind, signed, plain) {
  const { statement, public_key: key, signature } = await jsonOf(members, name);
  const only = `{"public_key":"${key}","signature":"${signature}","statement":${
    UTF8.decode(canonical(statement))}}\n`;
  if (UTF8.decode(await bytesOf(members, name)) !== only) {
    throw new Broken(`${name} đã bị thay đổi / was changed`);
  }
  const [rawKey, rawSignature] = [unhex(key, 32), unhex(signature, 64)];
  const answer = await isSigned(rawKey, rawSignature, canonical(statement), plain);
  const keyId = (await sha256(rawKey)).slice(0, 16);
  if (!answer.good || statement.format !== "litterwatch-signature/1" || statement.kind !== kind
      || statement.key_id !== keyId || statement.sha256 !== members.get(signed)?.sha256) {
    throw new Broken(`chữ ký của ${signed} không đúng / the signature of ${signed} is not valid`);
  }
  return { statement, key, by: answer.by };
}

async function readLog(text) {
  const lines = text.split("\n");
  const rows = [];
  let [seq, previous, withheld] = [0, "0".repeat(64), 0];
  const wrong = (number) => new Broken(`dòng ${number} của nhật ký / line ${number} of the log`);
  if (lines.pop() !== "") throw wrong(lines.length + 1);
  for (const [index, line] of lines.entries()) {
    const found = /^([0-9a-f]{64}) (?:withheld ([0-9]+)-([0-9]+)|(\{.*\}))$/.exec(line);
    if (!found) throw wrong(index + 1);
    const [, hash, first, last, row] = found;
    if (row === undefined) {
      if (Number(first) !== seq + 1 || Number(last) <= seq) throw wrong(index + 1);
      withheld += Number(last) - seq;
      seq = Number(last);
    } else {
      const entry = JSON.parse(row);
      const isRight = (await sha256(new TextEncoder().encode(row))) === hash;
      if (!isRight || entry.seq !== seq + 1 || entry.previous !== previous) throw wrong(index + 1);
      rows.push(entry);
      seq += 1;
    }
    previous = hash;
  }
  return { rows, withheld, seq, head: previous };
}

async function verifyPackage(file, plain = false) {
  const members = await readArchive(file);
  const outer = await signedStatement(members, "signature.json", "package", "package.json", plain);
  const document = await jsonOf(members, "package.json");
  if (document.format !== "litterwatch-package/1") throw new Broken("định dạng lạ / unknown format");
  const listed = new Map(Object.entries(document.files));
  for (const [name, facts] of listed) {
    const member = members.get(name);
    if (!member || member.size !== facts.size || member.sha256 !== facts.sha256) {
      throw new Broken(`${name} đã bị thay đổi / was changed`);
    }
  }
  const seals = ["package.json", "signature.json", "signature.tsr"];
  for (const name of members.keys()) {
    if (!listed.has(name) && !seals.includes(name)) throw new Broken(`${name} bị thêm vào / was put in`);
  }
  const inner = await signedStatement(members, "manifest.sig.json", "manifest", "manifest.json", plain);
  const manifest = await jsonOf(members, "manifest.json");
  if (inner.statement.subject !== document.event_id || manifest.event_id !== document.event_id) {
    throw new Broken("bản kê của sự kiện khác / the manifest is of another event");
  }
  for (const [name, member] of members) {
    const original = manifest.files[name.replace(/^originals\//, "")];
    if (name.startsWith("originals/") && original?.sha256 !== member.sha256) {
      throw new Broken(`${name} không phải tệp đã lưu / is not the file that was stored`);
    }
  }
  const log = await readLog(UTF8.decode(await bytesOf(members, "custody.txt")));
  const isKnown = log.rows.some((row) => row.action === "evidence.sealed"
    && row.detail.manifest === members.get("manifest.json").sha256);
  const { head_seq: headSeq, head_hash: headHash } = document.custody;
  if (!isKnown || log.seq !== headSeq || log.head !== headHash) {
    throw new Broken("nhật ký không khớp / the log does not fit");
  }
  return { members, document, outer, inner, log };
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function row(body, cells) {
  const line = body.appendChild(element("tr"));
  for (const [text, className] of cells) line.appendChild(element("td", text, className));
}

function showFacts({ document: package_, outer, inner, log, members }) {
  const { export: made } = package_;
  const facts = [
    ["Khoá / key", `${outer.statement.key_id} (${outer.by})`],
    ["Khoá công khai / public key", outer.key],
    ["Ký lúc / signed at", outer.statement.signed_at],
    ["Khoá của bản kê / manifest's key", inner.statement.key_id],
    ["Dấu thời gian / time stamp", members.has("signature.tsr")
      ? "signature.tsr (openssl ts -verify)" : "không có / none"],
    ["Sự kiện / event", package_.event_id],
    ["Số trích xuất / export", made.id],
    ["Người trích xuất / made by", `${made.requested_by} (${made.office}, ${made.unit || "-"})`],
    ["Nơi nhận / recipient", made.recipient],
    ["Lý do / reason", made.reason],
    ["Không làm mờ / unblurred", made.is_unblurred
      ? `có, người duyệt / yes, approved by ${made.approved_by}` : "không / no"],
    ["Đầu chuỗi / head of the chain", `${log.seq} ${log.head}`],
    ["Dòng của sự kiện khác / rows of other events", String(log.withheld)],
  ];
  const list = document.getElementById("facts");
  list.replaceChildren(...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
}

function showFiles({ document: package_, members }) {
  const body = document.querySelector("#files tbody");
  const pictures = document.getElementById("pictures");
  body.replaceChildren();
  pictures.replaceChildren();
  for (const [name, facts] of Object.entries(package_.files)) {
    row(body, [[name], [facts.kind], [String(facts.size)], [facts.sha256, "hash"]]);
    if (!/^(image\/jpeg|video\/mp4)$/.test(facts.media_type ?? "")) continue;
    const figure = pictures.appendChild(element("figure"));
    const shown = figure.appendChild(element(facts.media_type === "video/mp4" ? "video" : "img"));
    shown.src = URL.createObjectURL(new Blob([members.get(name).content], { type: facts.media_type }));
    if (shown.tagName === "VIDEO") shown.controls = true; else shown.alt = name;
    figure.appendChild(element("figcaption", name));
  }
}

function showLog({ log }) {
  const body = document.querySelector("#log tbody");
  body.replaceChildren();
  for (const entry of log.rows) {
    row(body, [[String(entry.seq)], [entry.at], [entry.actor], [entry.action], [JSON.stringify(entry.detail)]]);
  }
}

async function choose(file) {
  const verdict = document.getElementById("verdict");
  document.getElementById("result").hidden = true;
  verdict.className = "";
  verdict.textContent = "Đang kiểm tra… / Checking…";
  if (!globalThis.crypto?.subtle) {
    verdict.textContent = "Trình duyệt này không có WebCrypto / this browser has no WebCrypto.";
    return;
  }
  try {
    const found = await verifyPackage(file, location.hash === "#plain");
    showFacts(found);
    showFiles(found);
    showLog(found);
    document.getElementById("result").hidden = false;
    verdict.className = "whole";
    verdict.textContent = "NGUYÊN VẸN: mọi byte đúng như khi ký. / WHOLE: every byte is as it was signed.";
  } catch (error) {
    verdict.className = "broken";
    const why = error instanceof Broken ? error.message : CHANGED;
    verdict.textContent = `KHÔNG NGUYÊN VẸN: ${why} / NOT WHOLE.`;
  }
}

document.getElementById("file").addEventListener("change", (event) => {
  if (event.target.files.length) choose(event.target.files[0]);
});
