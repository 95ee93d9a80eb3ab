// The report: shows what the data holds, takes decisions, keeps them in the browser and saves them as decisions.json.
// Every text of the data was written by others: it goes into the page as textContent, never as markup.
(() => {
'use strict';

const data = JSON.parse(document.getElementById('data').textContent);
const $ = (id) => document.getElementById(id);

function element(tag, properties = {}, ...children) {
  const { className, ...rest } = properties;
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(rest))
    name in made ? made[name] = value : made.setAttribute(name, value);
  made.append(...children);
  return made;
}
function key(name) { return element('kbd', {}, name); }

// ---- The shot: every frame of it, keyframes among them, by number. ----

const frames = [
  ...data.keyframes.map((frame) => ({ frame, isKey: true })),
  ...data.frames.map((frame) => ({ ...frame, isKey: false })),
].sort((a, b) => a.frame - b.frame);
frames.forEach((f, index) => { f.index = index; });
const byNumber = new Map(frames.map((f) => [f.frame, f]));
const inbetweens = frames.filter((f) => !f.isKey);
const isThere = (f) => f.isKey || f.status === 'complete';
const shotWindow = data.window || { x: 0, y: 0, width: 16, height: 9, pixelAspect: 1 };
const shownWidth = shotWindow.width * shotWindow.pixelAspect; // its true shape is shownWidth by height
const decibels = (rmse) => rmse === null ? 'not known' : rmse > 0 ? `${Math.min(100, -20 * Math.log10(rmse)).toFixed(1)} dB` : '100 dB';
const fixed = (value, digits, unit = '') => value === null || value === undefined ? 'not known' : value.toFixed(digits) + unit;

// ---- Decisions. Those of the manifest, and over them those made here. ----

const storageKey = `inbetween:decisions:${data.identity}`;
const decided = new Map(); // frame number -> {frame, pixelHash, verdict, by, at, comment}
let storageWorks = true;

function remembered(name) {
  try { return localStorage.getItem(name); } catch { storageWorks = false; return null; }
}
function remember(name, value) {
  try { localStorage.setItem(name, value); } catch { storageWorks = false; }
}

const verdicts = ['keep', 'rerender', 'undecided'];
const isText = (value) => typeof value === 'string';

// Takes what belongs to this shot's present pixels and is younger than what is there; gives [taken, left out].
function takeDecisions(list) {
  let taken = 0, left = 0;
  for (const d of Array.isArray(list) ? list : []) {
    const f = d && byNumber.get(d.frame);
    const fits = f && !f.isKey && d.pixelHash === f.pixelHash && verdicts.includes(d.verdict) &&
      isText(d.by) && isText(d.at) && isText(d.comment) && (isThere(f) || d.verdict !== 'keep');
    const mine = fits && decided.get(d.frame);
    if (!fits || (mine && mine.at > d.at)) { ++left; continue; }
    const { frame, pixelHash, verdict, by, at, comment } = d;
    decided.set(frame, { frame, pixelHash, verdict, by, at, comment });
    ++taken;
  }
  return [taken, left];
}

function storeDecisions() {
  remember(storageKey, JSON.stringify([...decided.values()]));
}

// The decision that holds for a frame: {verdict, by, at, comment} or null.
function decisionOf(f) {
  const mine = decided.get(f.frame);
  if (mine) return mine.verdict === 'undecided' ? null : mine;
  return f.decision || null;
}
const byScore = (f) => isThere(f) ? f.verdict : 'rerender';
function finalVerdict(f) {
  if (!isThere(f)) return 'rerender';
  const decision = decisionOf(f);
  return decision ? decision.verdict : f.verdict;
}
const isFlagged = (f) => !f.isKey && byScore(f) !== 'keep';
const isOpen = (f) => isFlagged(f) && isThere(f) && !decisionOf(f);

// The class of a frame's mark: one for each colour of the legend.
function toneOf(f) {
  if (f.isKey) return 'key';
  const decision = decisionOf(f);
  if (!isThere(f)) return 'render';
  if (decision) return decision.verdict === 'keep' ? 'approved' : 'render';
  return isFlagged(f) ? 'flagged' : 'kept';
}
function verdictWords(f) {
  if (f.isKey) return 'Keyframe: rendered';
  if (f.status === 'notMade') return 'Not made: has to be rendered';
  if (f.status === 'failed') return 'Failed: has to be rendered';
  const decision = decisionOf(f);
  if (!decision) return f.verdict === 'partial' ? 'Flagged, open: boxes to render' : isFlagged(f) ? 'Flagged: open' : 'Not flagged: kept';
  const by = decision.by ? ` by ${decision.by}` : '';
  return (decision.verdict === 'keep' ? `Approved${by}` : `To be rendered, asked for${by}`) +
    (decision.at ? `, ${decision.at.slice(0, 16).replace('T', ' ')} UTC` : '');
}

function decide(verdict) {
  const f = current;
  if (f.isKey) return say('A keyframe is rendered already: there is nothing to decide');
  if (!isThere(f) && verdict === 'keep') return say(`Frame ${f.frame} was not made: it can only be rendered`);
  const before = decided.get(f.frame) || f.decision || { comment: '' };
  decided.set(f.frame, {
    frame: f.frame, pixelHash: f.pixelHash, verdict, by: $('who').value.trim(), at: new Date().toISOString(),
    comment: before.comment,
  });
  decisionsChanged();
  say(`Frame ${f.frame}: ${{ keep: 'approved', rerender: 'will be rendered', undecided: 'decision taken back' }[verdict]}`);
}

function comment(text) {
  const f = current, decision = decisionOf(f);
  if (!decision || decision.comment === text) return;
  decided.set(f.frame, {
    frame: f.frame, pixelHash: f.pixelHash, verdict: decision.verdict, by: $('who').value.trim() || decision.by,
    at: new Date().toISOString(), comment: text,
  });
  decisionsChanged();
}

function decisionsChanged() {
  storeDecisions();
  showTotals();
  showDecision();
  drawTimeline();
  updateSheet();
}

function saveDecisions() {
  const who = $('who').value.trim();
  if (!who) {
    $('who').focus();
    return say('Say who decides: write your name, then save');
  }
  const list = [...decided.values()].sort((a, b) => a.frame - b.frame).map((d) => ({ ...d, by: d.by || who }));
  const file = {
    version: data.decisionsVersion, kind: 'inbetween decisions',
    manifest: { identity: data.identity, sourcePattern: data.sourcePattern, model: data.model.hash },
    by: who, savedAt: new Date().toISOString(), decisions: list,
  };
  const url = URL.createObjectURL(new Blob([JSON.stringify(file, null, 2) + '\n'], { type: 'application/json' }));
  element('a', { href: url, download: 'decisions.json' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  say(`${list.length} decisions saved as decisions.json`);
}

async function loadDecisions(file) {
  let document;
  try { document = JSON.parse(await file.text()); } catch { return say(`${file.name} is not JSON: nothing loaded`); }
  if (!document || document.kind !== 'inbetween decisions' || document.version !== data.decisionsVersion)
    return say(`${file.name} holds no decisions that this report can read: nothing loaded`);
  if (!document.manifest || document.manifest.identity !== data.identity)
    return say(`${file.name} belongs to another shot or model: nothing loaded`);
  const [taken, left] = takeDecisions(document.decisions);
  decisionsChanged();
  say(`${taken} decisions loaded` + (left ? `, ${left} left out: older, or on frames that changed` : ''));
}

// ---- Pictures: base64 in the page, decoded when they are first wanted. ----

const address = (id) => {
  const text = $(`picture-${id}`);
  return text ? `data:image/webp;base64,${text.textContent}` : null;
};
const decodedPictures = new Map(); // the last ones shown
function picture(id) {
  if (!$(`picture-${id}`)) return null;
  let image = decodedPictures.get(id);
  decodedPictures.delete(id);
  if (!image) {
    image = element('img', { alt: '', draggable: false, src: address(id) });
    image.decode().catch(() => {});
  }
  decodedPictures.set(id, image);
  if (decodedPictures.size > 96) decodedPictures.delete(decodedPictures.keys().next().value);
  return image;
}
const pictureOf = (f) => f.isKey ? `k${f.frame}` : `g${f.frame}`;

// ---- The frame view. ----

let current = frames[0];
let shown = 'self'; // self, key0, key1, reference
let compared = null; // while a key is held: what is shown instead
let overlay = 'none'; // none, risk, error
let boxes = true;
let zoom = 1, centre = { x: 0.5, y: 0.5 };

// What can be flipped between for a frame.
function choices(f) {
  if (f.isKey) return [{ name: 'self', id: `k${f.frame}`, words: `Keyframe ${f.frame}` }];
  const all = [
    { name: 'key0', id: `k${f.key0}`, words: `Keyframe ${f.key0}`, key: '1' },
    { name: 'self', id: `g${f.frame}`, words: `In-between ${f.frame}`, key: '2' },
    { name: 'key1', id: `k${f.key1}`, words: `Keyframe ${f.key1}`, key: '3' },
  ];
  if ($(`picture-r${f.frame}`)) all.push({ name: 'reference', id: `r${f.frame}`, words: `Reference ${f.frame}`, key: '4' });
  return all;
}

function go(f, { announce = false } = {}) {
  if (!f) return;
  current = f;
  shown = 'self';
  compared = null;
  showFrame();
  if (announce) say(`Frame ${f.frame}. ${verdictWords(f)}`);
  // What the eye goes to next is decoded before it is asked for.
  for (const step of [1, 2, -1]) if (frames[f.index + step]) picture(pictureOf(frames[f.index + step]));
}

function showFrame() {
  const f = current;
  $('frame-title').textContent = `Frame ${f.frame}`;
  const all = choices(f);
  $('pictures').replaceChildren(...all.map((c) => picture(c.id)).filter(Boolean));
  $('flips').replaceChildren(...all.map((c) => {
    const thumb = address(c.id);
    const button = element('button', { onclick: () => { flip(c.name); } },
      ...(thumb ? [element('img', { src: thumb, alt: '' })] : []),
      element('span', {}, c.words, ...(c.key ? [key(c.key)] : [])));
    button.dataset.name = c.name;
    if (c.key) button.setAttribute('aria-keyshortcuts', c.key);
    return button;
  }));
  showReasons();
  showPicture();
  showOverlay();
  showDecision();
  drawTimeline();
  markTile();
  try { history.replaceState(null, '', `#${f.frame}`); } catch { /* not everywhere for files */ }
}

function showPicture() {
  const all = choices(current), name = compared || shown;
  const choice = all.find((c) => c.name === name) || all[0];
  const image = picture(choice.id);
  for (const img of $('pictures').children) img.classList.toggle('shown', img === image);
  for (const button of $('flips').children) button.setAttribute('aria-pressed', String(button.dataset.name === choice.name));
  let words = choice.words;
  if (choice.name === 'self' && !current.isKey)
    words += isThere(current) ? `, generated from ${current.key0} and ${current.key1}` : '';
  else words += ', rendered';
  if (compared) words += ' (while the key is held)';
  $('caption').textContent = words;
  $('stage').setAttribute('aria-label', `${words}. ${verdictWords(current)}`);
  $('no-picture').hidden = Boolean(image);
  if (!image) $('no-picture').textContent = missingWords(choice);
}

function missingWords(choice) {
  if (choice.name !== 'self' || current.isKey) return `${choice.words}: its picture could not be read when the report was made.`;
  if (current.status === 'notMade') return `Frame ${current.frame} was not made. ${current.reasons.join('; ')}`;
  if (current.status === 'failed') return `Frame ${current.frame} failed. ${current.error}`;
  return `Frame ${current.frame}: its picture could not be read when the report was made.`;
}

function flip(name) {
  if (!choices(current).some((c) => c.name === name)) return;
  shown = name;
  compared = null;
  showPicture();
}
function flipOn() {
  const all = choices(current);
  flip(all[(all.findIndex((c) => c.name === shown) + 1) % all.length].name);
}
function holdCompare(held) {
  const other = shown !== 'self' ? 'self' : $(`picture-r${current.frame}`) ? 'reference' : current.time > 0.5 ? 'key1' : 'key0';
  const wanted = held && !current.isKey ? other : null;
  if (wanted === compared) return;
  compared = wanted;
  showPicture();
}

// A scale from black over purple and orange to pale yellow: even in lightness, readable without colour vision.
const scale = [[0, 0, 4], [66, 10, 104], [147, 38, 103], [221, 81, 58], [252, 165, 10], [252, 255, 164]];
function scaleColour(unit) {
  const place = Math.min(Math.max(unit, 0), 1) * (scale.length - 1), i = Math.min(Math.floor(place), scale.length - 2);
  return scale[i].map((c, k) => Math.round(c + (place - i) * (scale[i + 1][k] - c)));
}

function paintMap(canvas, image) {
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < pixels.data.length; i += 4) {
    const unit = pixels.data[i] / 255, [r, g, b] = scaleColour(unit);
    pixels.data[i] = r; pixels.data[i + 1] = g; pixels.data[i + 2] = b;
    pixels.data[i + 3] = 255 * Math.min(1, 4 * unit); // a quiet place leaves the picture as it is
  }
  context.putImageData(pixels, 0, 0);
}

// Where the run wrote no risk maps: its regions.
function paintRegions(canvas, f) {
  canvas.width = Math.max(1, Math.round(shotWindow.width / 4));
  canvas.height = Math.max(1, Math.round(shotWindow.height / 4));
  const context = canvas.getContext('2d');
  for (const r of f.regions) {
    context.fillStyle = `rgb(${scaleColour((r.score ?? data.mapTop) / data.mapTop).join(',')})`;
    context.fillRect((r.x - shotWindow.x) / 4, (r.y - shotWindow.y) / 4, r.width / 4, r.height / 4);
  }
}

async function showOverlay() {
  const f = current, canvas = $('heat');
  const mode = f.isKey || !isThere(f) ? 'none' : overlay;
  $('heat-on').setAttribute('aria-pressed', String(overlay === 'risk'));
  $('error-on').setAttribute('aria-pressed', String(overlay === 'error'));
  $('boxes-on').setAttribute('aria-pressed', String(boxes));
  showBoxes();
  canvas.hidden = true;
  $('legend').hidden = mode === 'none';
  if (mode === 'none') return;
  const image = picture(`${mode === 'risk' ? 'h' : 'e'}${f.frame}`);
  $('legend-words').textContent = mode === 'error'
    ? image ? 'Error against the reference, linear: 0' : 'No error map of this frame'
    : image ? 'Risk, predicted error: 0' : 'Risk by region alone (the run wrote no maps; --risk-maps does): 0';
  $('legend-top').textContent = `${data.mapTop.toFixed(1)} and more`;
  if (image) {
    await image.decode().catch(() => {});
    if (f !== current || overlay !== mode) return;
    paintMap(canvas, image);
  } else if (mode === 'risk') paintRegions(canvas, f);
  else return;
  canvas.hidden = false;
}
function toggleOverlay(mode) {
  overlay = overlay === mode ? 'none' : mode;
  showOverlay();
}

function showBoxes() {
  const f = current;
  const percent = (part, whole) => `${100 * part / whole}%`;
  $('boxes').replaceChildren(...(boxes && !f.isKey ? f.regions : []).map((r) => {
    const box = element('div', {}, element('span', {}, decibels(r.score)));
    box.style.left = percent(r.x - shotWindow.x, shotWindow.width);
    box.style.top = percent(r.y - shotWindow.y, shotWindow.height);
    box.style.width = percent(r.width, shotWindow.width);
    box.style.height = percent(r.height, shotWindow.height);
    return box;
  }));
}

function showReasons() {
  const f = current, facts = [];
  const fact = (name, value) => facts.push(element('dt', {}, name), element('dd', {}, value));
  const reasons = f.isKey ? [] : [...(f.error ? [f.error] : []), ...f.reasons];
  $('reasons').replaceChildren(...reasons.map((r) => element('li', {}, r)));
  $('reasons-section').hidden = reasons.length === 0;
  if (f.isKey) fact('Kind', 'rendered keyframe');
  else {
    fact('Keyframes', `${f.key0} and ${f.key1}`);
    if (isThere(f)) {
      fact('Predicted', `${decibels(f.score)} (error ${fixed(f.score, 4)})`);
      if (data.threshold !== null) fact('Flagged from', `${decibels(data.threshold)} down`);
      if (f.measured) {
        fact('Measured', `${fixed(f.measured.psnr, 1, ' dB')}, SSIM ${fixed(f.measured.ssim, 4)}`);
        fact('Worst blocks', fixed(f.measured.worstBlocksPsnr, 1, ' dB'));
        fact('Mean of keyframes', fixed(f.measured.meanOfKeyframesPsnr, 1, ' dB'));
        fact('Classical warp', fixed(f.measured.disWarpPsnr, 1, ' dB'));
      }
      fact('Motion', fixed(f.features.motionPx, 1, ' px') + (f.motionSource ? `, ${f.motionSource}` : ''));
      fact('Spread of angles', fixed(f.features.angleStdRad, 2, ' rad'));
      fact('Forward and back', fixed(f.features.forwardBackwardPx, 2, ' px apart'));
      fact('Keyframes disagree', fixed(f.features.warpDisagreement, 3));
      fact('One keyframe alone', fixed(100 * f.features.occlusionShare, 1, ' %'));
      if (f.badSamples) fact('NaN and infinite', `${f.badSamples} samples`);
      fact('File', f.path);
    }
  }
  $('facts').replaceChildren(...facts);
}

function showDecision() {
  const f = current, decision = f.isKey ? null : decisionOf(f);
  $('verdict').textContent = verdictWords(f);
  $('verdict').className = toneOf(f);
  $('decide').hidden = f.isKey;
  $('approve').disabled = !isThere(f);
  $('approve').setAttribute('aria-pressed', String(decision?.verdict === 'keep'));
  $('render').setAttribute('aria-pressed', String(decision?.verdict === 'rerender'));
  $('undo').disabled = !decision;
  $('comment').disabled = !decision;
  $('comment').placeholder = decision ? '' : 'Decide first, then say why';
  $('comment').value = decision ? decision.comment : '';
}

// ---- Zoom and pan. The layers are sized, not scaled, so that pixels and boxes stay sharp. ----

function layout() {
  const stage = $('stage'), fit = Math.min(stage.clientWidth / shownWidth, stage.clientHeight / shotWindow.height);
  const w = shownWidth * fit * zoom, h = shotWindow.height * fit * zoom;
  const along = (size, room, at) => size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, room / 2 - at * size));
  const left = along(w, stage.clientWidth, centre.x), top = along(h, stage.clientHeight, centre.y);
  centre = { x: (stage.clientWidth / 2 - left) / w, y: (stage.clientHeight / 2 - top) / h };
  Object.assign($('layers').style, { width: `${w}px`, height: `${h}px`, left: `${left}px`, top: `${top}px` });
  $('layers').classList.toggle('near', w / data.pictureWidth > 2.5);
  $('fit').disabled = zoom === 1;
}
// Zooms so that the place under the pointer stays where it is.
function zoomBy(factor, x = $('stage').clientWidth / 2, y = $('stage').clientHeight / 2) {
  const stage = $('stage'), layers = $('layers');
  const u = (x - layers.offsetLeft) / layers.offsetWidth, v = (y - layers.offsetTop) / layers.offsetHeight;
  const wanted = Math.min(32, Math.max(1, zoom * factor)), real = wanted / zoom;
  zoom = wanted;
  centre = {
    x: u + (stage.clientWidth / 2 - x) / (layers.offsetWidth * real),
    y: v + (stage.clientHeight / 2 - y) / (layers.offsetHeight * real),
  };
  layout();
}
function panBy(dx, dy) {
  centre.x -= dx / $('layers').offsetWidth;
  centre.y -= dy / $('layers').offsetHeight;
  layout();
}
function fit() {
  zoom = 1;
  centre = { x: 0.5, y: 0.5 };
  layout();
}

// ---- Exposure: undo the picture's curve (pictureCurve in picture.cpp), scale, and do it again, as a table. ----

const knee = 0.8, rest = 1 - knee;
function toLinear(display) {
  const x = display <= 0.04045 ? display / 12.92 : ((display + 0.055) / 1.055) ** 2.4;
  if (x <= knee) return x;
  const over = Math.min((x - knee) / rest, 0.995);
  return knee + rest * over / (1 - over);
}
function toDisplay(linear) {
  const over = (linear - knee) / rest;
  const x = linear > knee ? knee + rest * over / (1 + over) : linear;
  return x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055;
}
function showExposure() {
  const stops = Number($('exposure').value);
  $('exposure-value').textContent = `${stops > 0 ? '+' : ''}${stops.toFixed(2)} stops`;
  const table = Array.from({ length: 256 }, (_, i) => toDisplay(toLinear(i / 255) * 2 ** stops).toFixed(4)).join(' ');
  for (const curve of document.querySelectorAll('#exposure-filter feComponentTransfer > *')) curve.setAttribute('tableValues', table);
  $('pictures').style.filter = stops ? 'url(#exposure-filter)' : '';
}
function changeExposure(step) {
  $('exposure').value = Number($('exposure').value) + step;
  showExposure();
}

// ---- The timeline: a bar for each in-between, as high as its predicted error. ----

const highest = Math.max(1e-6, 2 * (data.threshold ?? 0), ...inbetweens.map((f) => f.score ?? 0));
function drawTimeline() {
  const canvas = $('timeline'), ratio = window.devicePixelRatio || 1;
  const w = canvas.clientWidth, h = canvas.clientHeight;
  if (!w) return;
  canvas.width = w * ratio;
  canvas.height = h * ratio;
  const context = canvas.getContext('2d'), style = getComputedStyle(document.documentElement);
  const colour = Object.fromEntries(['kept', 'flagged', 'approved', 'render', 'key', 'line', 'accent', 'ink']
    .map((name) => [name, style.getPropertyValue(`--${name}`)]));
  context.scale(ratio, ratio);
  const slot = w / frames.length, marks = 9, base = h - 6, room = base - marks;
  const bar = Math.min(26, Math.max(1, slot > 3 ? slot - 1.5 : slot));
  for (const f of frames) {
    const x = f.index * slot;
    context.globalAlpha = passes(f) ? 1 : 0.25;
    if (f.isKey) {
      context.fillStyle = colour.key;
      context.fillRect(x + slot / 2 - Math.max(1, Math.min(3, slot / 3)) / 2, base, Math.max(1, Math.min(3, slot / 3)), 6);
      continue;
    }
    const tone = toneOf(f);
    context.fillStyle = colour[tone];
    const tall = isThere(f) && f.score !== null ? Math.max(2, room * Math.sqrt(f.score / highest)) : room;
    if (isThere(f)) context.fillRect(x + (slot - bar) / 2, base - tall, bar, tall);
    else for (let y = base - 2; y > marks; y -= 5) context.fillRect(x + (slot - bar) / 2, y, bar, 2);
    if (isFlagged(f)) { // a triangle, filled while it is open
      const centre = x + slot / 2, half = Math.max(2.5, Math.min(4.5, slot / 2));
      context.beginPath();
      context.moveTo(centre - half, 0.5);
      context.lineTo(centre + half, 0.5);
      context.lineTo(centre, 7);
      context.closePath();
      context.strokeStyle = context.fillStyle;
      isOpen(f) || !isThere(f) ? context.fill() : context.stroke();
    }
  }
  context.globalAlpha = 1;
  if (data.threshold !== null && data.threshold > 0) {
    const y = Math.round(base - room * Math.sqrt(data.threshold / highest)) + 0.5;
    context.strokeStyle = colour.ink;
    context.globalAlpha = 0.5;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(w, y);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }
  const x = (current.index + 0.5) * slot;
  context.strokeStyle = colour.accent;
  context.lineWidth = 2;
  const mark = Math.min(34, Math.max(slot, 6));
  context.strokeRect(x - mark / 2, 1, mark, h - 2);
  canvas.setAttribute('aria-valuemin', frames[0].frame);
  canvas.setAttribute('aria-valuemax', frames[frames.length - 1].frame);
  canvas.setAttribute('aria-valuenow', current.frame);
  canvas.setAttribute('aria-valuetext', wordsOnLine(current));
  $('timeline-words').textContent = wordsOnLine(hovered || current);
}
function wordsOnLine(f) {
  const predicted = f.isKey || !isThere(f) ? '' : `, predicted ${decibels(f.score)}`;
  return `Frame ${f.frame} of ${frames[0].frame}–${frames[frames.length - 1].frame}${predicted}. ${verdictWords(f)}`;
}
let hovered = null;
function frameAt(event) {
  const box = $('timeline').getBoundingClientRect();
  return frames[Math.min(frames.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * frames.length)))];
}

// ---- Filters, totals, contact sheet. ----

const filters = [
  ['all', 'All', () => true],
  ['flagged', 'Flagged', isFlagged],
  ['open', 'Flagged, open', isOpen],
  ['render', 'To render', (f) => !f.isKey && finalVerdict(f) !== 'keep'],
  ['keep', 'Kept', (f) => !f.isKey && finalVerdict(f) === 'keep'],
  ['decided', 'Decided', (f) => !f.isKey && Boolean(decisionOf(f))],
];
let filter = filters[0];
const passes = (f) => filter[2](f);

function setFilter(name) {
  filter = filters.find((f) => f[0] === name);
  for (const button of $('filters').children) button.setAttribute('aria-pressed', String(button.dataset.name === name));
  updateSheet();
  drawTimeline();
}

function showTotals() {
  const render = inbetweens.filter((f) => finalVerdict(f) !== 'keep').length;
  // As in the manifest: what is rendered of a frame, by area and overhead, is not saved.
  const saved = inbetweens.reduce((sum, f) => sum + (isThere(f) ? 1 - f.cost[finalVerdict(f)] : 0), 0);
  $('saved').textContent = `${frames.length ? Math.round(100 * saved / frames.length) : 0}% saved`;
  $('saved-words').textContent = `${Number(saved.toFixed(1))} of ${frames.length} renders`;
  $('to-render').textContent = render;
  $('open').textContent = inbetweens.filter(isOpen).length;
  for (const button of $('filters').children) {
    const counted = frames.filter(filters.find((f) => f[0] === button.dataset.name)[2]).length;
    button.lastElementChild.textContent = ` ${counted}`;
  }
}

const tiles = new Map();
const lazy = new IntersectionObserver((entries) => {
  for (const entry of entries)
    if (entry.isIntersecting) {
      const source = address(entry.target.dataset.id);
      if (source) entry.target.src = source;
      lazy.unobserve(entry.target);
    }
}, { rootMargin: '300px' });

function makeSheet() {
  for (const f of frames) {
    const thumb = element('img', { className: 'thumb', alt: '' });
    thumb.dataset.id = pictureOf(f);
    const words = element('span', {}, f.isKey ? 'key' : !isThere(f) ? 'not made' : decibels(f.score));
    const tile = element('button', { className: 'tile', tabIndex: -1, onclick: () => { go(f); setView('frame'); } },
      thumb, element('div', { className: 'words' }, element('b', {}, String(f.frame)), words));
    tiles.set(f, tile);
  }
  $('sheet').style.setProperty('--aspect', `${shownWidth} / ${shotWindow.height}`);
  $('sheet').append(...tiles.values());
  for (const tile of tiles.values()) lazy.observe(tile.firstElementChild);
}
function updateSheet() {
  let any = false;
  for (const [f, tile] of tiles) {
    tile.className = `tile ${toneOf(f)}`;
    tile.hidden = !passes(f);
    tile.setAttribute('aria-label', `Frame ${f.frame}. ${verdictWords(f)}`);
    any ||= !tile.hidden;
  }
  $('sheet-empty').hidden = any;
}
function markTile() {
  for (const [f, tile] of tiles) {
    tile.tabIndex = f === current ? 0 : -1;
    if (f === current) tile.setAttribute('aria-current', 'true');
    else tile.removeAttribute('aria-current');
  }
}
function focusTile() {
  const tile = tiles.get(current);
  if (!tile || tile.hidden) return;
  tile.focus({ preventScroll: true });
  tile.scrollIntoView({ block: 'nearest' });
}

let view = 'frame';
function setView(name) {
  view = name;
  $('frame-view').hidden = view !== 'frame';
  $('sheet-view').hidden = view !== 'sheet';
  $('view-frame').setAttribute('aria-pressed', String(view === 'frame'));
  $('view-sheet').setAttribute('aria-pressed', String(view === 'sheet'));
  if (view === 'frame') {
    layout();
  } else focusTile();
}

// ---- Moving. ----

// The next frame in a direction that the filter lets through.
function step(direction) {
  for (let i = current.index + direction; frames[i]; i += direction)
    if (passes(frames[i])) return go(frames[i]);
}
function stepRow(direction) {
  const columns = getComputedStyle($('sheet')).gridTemplateColumns.split(' ').length;
  const seen = frames.filter(passes), place = seen.findIndex((f) => f.index >= current.index);
  go(seen[Math.min(seen.length - 1, Math.max(0, (place < 0 ? seen.length - 1 : place) + direction * columns))]);
}
function ends(direction) {
  const seen = frames.filter(passes);
  go(direction < 0 ? seen[0] : seen[seen.length - 1]);
}
// Open ones first, around the end of the shot; once all are decided, any flagged one.
function nextFlagged(direction = 1) {
  const open = frames.filter(isOpen), all = open.length ? open : frames.filter(isFlagged);
  if (!all.length) return say('No frame is flagged');
  const ordered = direction > 0 ? all : [...all].reverse();
  const found = ordered.find((f) => direction * (f.index - current.index) > 0) || ordered[0];
  go(found, { announce: open.length > 0 });
  if (view === 'sheet') focusTile();
  if (!open.length) say(`Every flagged frame is decided. Frame ${found.frame}`);
}

let playing = 0;
function play() {
  if (playing) { clearInterval(playing); playing = 0; }
  else playing = setInterval(() => go(frames[(current.index + 1) % frames.length]), 1000 / (data.framesPerSecond || 24));
  $('play').setAttribute('aria-pressed', String(Boolean(playing)));
}

let silence = 0;
function say(words) {
  $('said').textContent = words;
  $('said').classList.add('visible');
  clearTimeout(silence);
  silence = setTimeout(() => $('said').classList.remove('visible'), 3500);
}

const themes = ['auto', 'light', 'dark'];
const darkScreen = matchMedia('(prefers-color-scheme: dark)');
let theme = remembered('inbetween:theme') || 'auto';
function showTheme() {
  document.documentElement.dataset.theme = theme === 'auto' ? (darkScreen.matches ? 'dark' : 'light') : theme;
  $('theme').replaceChildren(`${{ auto: 'Auto', light: 'Light', dark: 'Dark' }[theme] || 'Auto'} `, key('T'));
  $('theme').setAttribute('aria-label', `Colours: ${theme}`);
  drawTimeline();
}
function nextTheme() {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  remember('inbetween:theme', theme);
  showTheme();
}

// ---- Keys. ----

// [keys as shown, what they do, event.key -> action]
const keys = [
  ['← →', 'Frame before, after (of those the filter shows)', { ArrowLeft: () => step(-1), ArrowRight: () => step(1) }],
  ['Home End', 'First, last frame', { Home: () => ends(-1), End: () => ends(1) }],
  ['N  Shift N', 'Next, previous flagged frame', { n: () => nextFlagged(1), N: () => nextFlagged(-1) }],
  ['A', 'Approve the frame', { a: () => decide('keep') }],
  ['R', 'Ask for a render of the frame', { r: () => decide('rerender') }],
  ['U', 'Undo the decision', { u: () => { if (!current.isKey && decisionOf(current)) decide('undecided'); } }],
  ['M', 'Write a comment on the decision (Esc leaves it)', { m: () => $('comment').focus() }],
  ['1 2 3', 'Keyframe before, in-between, keyframe after', { 1: () => flip('key0'), 2: () => flip('self'), 3: () => flip('key1') }],
  ['4', 'Reference, where one was given', { 4: () => flip('reference') }],
  ['F', 'Flip on to the next of these', { f: flipOn }],
  ['C or Space', 'Hold to compare; let go to come back', {}],
  ['H  E  B', 'Risk map, error map, boxes of the failing regions', {
    h: () => toggleOverlay('risk'), e: () => { if (!$('error-on').hidden) toggleOverlay('error'); },
    b: () => { boxes = !boxes; showOverlay(); } }],
  ['[ ]', 'Less, more of the map', { '[': () => changeOpacity(-10), ']': () => changeOpacity(10) }],
  [', .', 'Exposure down, up', { ',': () => changeExposure(-0.5), '.': () => changeExposure(0.5) }],
  ['+ − 0', 'Zoom in, out, fit; Shift and arrows move', { '+': () => zoomBy(1.4), '=': () => zoomBy(1.4), '-': () => zoomBy(1 / 1.4), 0: fit }],
  ['P', 'Play the shot', { p: play }],
  ['G  Enter', 'Contact sheet and back; open a frame', { g: () => setView(view === 'sheet' ? 'frame' : 'sheet') }],
  ['S', 'Save decisions.json', { s: saveDecisions }],
  ['T  ?', 'Colours of the page; this help', { t: nextTheme, '?': () => $('help').showModal() }],
];
const actions = Object.assign({}, ...keys.map((k) => k[2]));
const sheetArrows = { ArrowUp: () => stepRow(-1), ArrowDown: () => stepRow(1) };
const pans = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };

function changeOpacity(by) {
  $('opacity').value = Number($('opacity').value) + by;
  $('heat').style.opacity = $('opacity').value / 100;
}
const isTyping = (target) => target.matches('textarea, input:not([type="range"])');
const wantsSpace = (target) => target.matches('button, input, a, select');

document.addEventListener('keydown', (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.ctrlKey || event.metaKey || event.altKey || $('help').open) return;
  if (isTyping(target)) {
    if (event.key === 'Escape' || (event.key === 'Enter' && target.id === 'who')) target.blur();
    return;
  }
  if (target.matches('input') && (event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End')) return;
  if (event.key === 'c' || event.key === 'C' || (event.key === ' ' && !wantsSpace(target))) {
    holdCompare(true);
    return event.preventDefault();
  }
  let action = actions[event.key] || (event.key.length === 1 && actions[event.key.toLowerCase()]);
  if (view === 'frame' && event.shiftKey && pans[event.key]) action = () => panBy(...pans[event.key]);
  else if (view === 'sheet' && sheetArrows[event.key]) action = sheetArrows[event.key];
  if (!action) return;
  event.preventDefault();
  action();
  if (view === 'sheet' && (event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End')) focusTile();
});
document.addEventListener('keyup', (event) => {
  if (event.key === 'c' || event.key === 'C' || event.key === ' ') holdCompare(false);
});
window.addEventListener('blur', () => holdCompare(false));

// ---- Mouse and controls. ----

function connect() {
  const stage = $('stage'), timeline = $('timeline');
  let drag = null;
  stage.addEventListener('pointerdown', (event) => {
    if (event.button > 1) return;
    drag = { x: event.clientX, y: event.clientY };
    stage.setPointerCapture(event.pointerId);
    stage.classList.add('dragging');
  });
  stage.addEventListener('pointermove', (event) => {
    if (!drag) return;
    panBy(event.clientX - drag.x, event.clientY - drag.y);
    drag = { x: event.clientX, y: event.clientY };
  });
  const release = () => { drag = null; stage.classList.remove('dragging'); };
  stage.addEventListener('pointerup', release);
  stage.addEventListener('pointercancel', release);
  stage.addEventListener('wheel', (event) => {
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  stage.addEventListener('dblclick', () => zoom === 1 ? zoomBy(shownWidth / $('layers').offsetWidth) : fit());

  const scrub = (event) => { go(frameAt(event)); };
  timeline.addEventListener('pointerdown', (event) => { timeline.setPointerCapture(event.pointerId); scrub(event); });
  timeline.addEventListener('pointermove', (event) => {
    if (event.buttons) return scrub(event);
    hovered = frameAt(event);
    $('timeline-words').textContent = wordsOnLine(hovered);
  });
  timeline.addEventListener('pointerleave', () => { hovered = null; $('timeline-words').textContent = wordsOnLine(current); });

  for (const [id, action] of Object.entries({
    'view-frame': () => setView('frame'), 'view-sheet': () => setView('sheet'), 'save': saveDecisions, 'theme': nextTheme,
    'help-open': () => $('help').showModal(), 'load': () => $('load-file').click(),
    'previous': () => step(-1), 'next': () => step(1), 'next-flagged': () => nextFlagged(1),
    'approve': () => decide('keep'), 'render': () => decide('rerender'), 'undo': () => decide('undecided'),
    'heat-on': () => toggleOverlay('risk'), 'error-on': () => toggleOverlay('error'),
    'boxes-on': () => { boxes = !boxes; showOverlay(); }, 'fit': fit, 'play': play,
  })) $(id).addEventListener('click', action);
  $('load-file').addEventListener('change', () => {
    if ($('load-file').files.length) loadDecisions($('load-file').files[0]);
    $('load-file').value = '';
  });
  $('comment').addEventListener('change', () => comment($('comment').value.trim()));
  $('who').addEventListener('change', () => remember('inbetween:who', $('who').value.trim()));
  $('opacity').addEventListener('input', () => changeOpacity(0));
  $('exposure').addEventListener('input', showExposure);
  $('exposure').addEventListener('dblclick', () => { $('exposure').value = 0; showExposure(); });
  darkScreen.addEventListener('change', showTheme);
  new ResizeObserver(() => { if (view === 'frame') layout(); drawTimeline(); }).observe(document.body);
  new ResizeObserver(() => { if (view === 'frame') layout(); }).observe(stage);
}

function showHelp() {
  for (const [names, words] of keys)
    $('help-keys').append(element('dt', {}, ...names.split(/ {2}/).flatMap((n, i) => i ? [' ', key(n)] : [key(n)])), element('dd', {}, words));
  for (const [tone, words] of [['kept', 'not flagged, kept'], ['flagged', 'flagged by its score, still open (▲ filled)'],
    ['approved', 'approved'], ['render', 'to be rendered, or not made (striped)'], ['key', 'keyframe, rendered']])
    $('help-colours').append(element('dt', {}, element('span', { className: `swatch ${tone}` })), element('dd', {}, words));
}

function showShot() {
  const name = data.sourcePattern.split('/').pop();
  document.title = `${name} – Inbetween report`;
  $('title').textContent = name;
  $('title').title = data.sourcePattern;
  const rate = data.framesPerSecond ? `, ${data.framesPerSecond} fps` : '';
  $('subtitle').textContent = `${frames.length} frames, ${data.keyframes.length} rendered${rate}. ` +
    `${data.tool}, model ${data.model.name} ${data.model.version}. ${data.folder}`;
  $('subtitle').title = $('subtitle').textContent;
  const notes = [...data.sequenceProblems, ...data.problems];
  if (data.reference) notes.push(`Measured against ${data.reference}`);
  if (!storageWorks) notes.push('This browser keeps no decisions: save them before you close the page');
  $('notes').textContent = notes.length > 1 ? `${notes[0]} (and ${notes.length - 1} more)` : notes.join('');
  $('notes').title = notes.join('\n');
  $('error-on').hidden = !data.reference;
  const context = $('legend-scale').getContext('2d');
  for (let x = 0; x < 120; ++x) {
    context.fillStyle = `rgb(${scaleColour(x / 119).join(',')})`;
    context.fillRect(x, 0, 1, 8);
  }
}

// ---- Begin. ----

try { takeDecisions(JSON.parse(remembered(storageKey) || '[]')); } catch { /* damaged: as if there were none */ }
$('who').value = remembered('inbetween:who') || '';
$('opacity').value = 70;
$('exposure').value = 0;
for (const [name, words] of filters) {
  const button = element('button', { onclick: () => setFilter(name) }, words, element('span', {}));
  button.dataset.name = name;
  $('filters').append(button);
}
if (frames.length) {
  connect();
  showHelp();
  showTheme();
  makeSheet();
  showTotals();
  changeOpacity(0);
  showExposure();
  setFilter('all');
  go(byNumber.get(Number(location.hash.slice(1))) || frames.find(isOpen) || frames[0]);
  showShot();
  setView('frame');
}
})();
