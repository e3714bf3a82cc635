// What the page says, in each language, and how it is put in place.

const WORDS = {
  en: {
    tabs: "What to do", judge: "Judge", compose: "Compose", language: "Language", theme: "Theme",
    themeAuto: "as the system", themeLight: "light", themeDark: "dark",
    dropHere: "Drop a MIDI file, a score (MusicXML, ABC) or a recording here.",
    choose: "Choose a file", orExample: "Or take an example:",
    exampleClean: "a prelude by Bach", exampleOffKey: "the same, some notes off key", exampleShuffled: "the same, shuffled",
    cancel: "Cancel", play: "Play", pause: "Pause", seek: "Place in the music", zoomIn: "Show less, larger", zoomOut: "Show more, smaller",
    rollTold: "Piano roll: every note, by time and pitch. Click to jump; + and − zoom, arrows move, space plays.",
    spectrogramTold: "Spectrogram of the recording, low tones below. Click to jump; + and − zoom, arrows move, space plays.",
    curveTold: "p_real over time, ten seconds by ten seconds.",
    attentionTold: "The network's attention over time.",
    rollLegend: "Notes from blue (as they should be) over yellow to red (probably wrong); grey ones were not judged. Below: p_real of every ten seconds, the line is the threshold; under it the attention of the network over rolls.",
    soundOnly: "The spectrogram of the recording, low tones below. The critic judges notes only.",
    critic: "The critic", isReal: "as people wrote and played it", isDamaged: "probably damaged",
    pReal: "p_real {p}", severity: "About {share} of the notes seem damaged.", noFault: "No kind of damage is named.", faults: "It may be: {kinds}.",
    worst: "Worst passages", noWorst: "None below the threshold.", passage: "{from} to {to}, lowest p_real {p}",
    suspects: "Most suspicious notes", suspect: "{note} at {at}, {p}", noSuspect: "None above one half.",
    repair: "Repair", propose: "Propose edits", noEdits: "No edit is proposed.", take: "Take", at: "At", edit: "Edit", before: "p_real before", after: "after",
    downloadMended: "Download with the edits taken", mendedMidi: "Download as MIDI",
    mended: "With these edits p_real is {p}.", added: "Edits made beside those ticked, as these rest on them: {n}.",
    "edit delete": "delete {note}", "edit move": "move {note} to {to}", "edit shift": "shift {note} to {at}", "edit shift onset": "begin {note} at {at}", "edit shift offset": "end {note} at {at}", "edit join": "join {note} with the next", "edit split": "strike {note} again at {at}",
    meaning: "What these numbers mean, and do not",
    criticMeaning: "p_real is the probability that the music is as people wrote and played it rather than shuffled, off key or strewn with stray notes. It does not say whether music is good, and not who made it. Slow, sparse or unusual music is at times taken for damaged. Of a note, the probability says that it should be anything but what it is; a composer's surprise can look so too.",
    brain: "MusicBrain", human: "A person", ai: "A machine", uncertain: "Cannot be told", pAi: "composed it; p_ai {p}", pAiUncertain: "who composed it; p_ai {p}",
    composer: "Composer", period: "Period", genre: "Genre", instruments: "Instruments", generator: "Generator",
    stages: "How much each level was listened to", low: "low: tones and onsets", mid: "mid: figures", high: "high: form",
    evidence: "Evidence", explain: "Show where each label comes from", explainedStretch: "It looks at one minute from the playhead on.", explainAgain: "From here again",
    opacity: "Opacity", report: "Report (HTML)", shown: "{from} to {to}; low tones below.",
    brainMeaning: "p_ai is the probability that a machine composed the music, as far as the machines go that the networks learned from; “a person” does not mean that no machine could have written it. Composer and period are the likest of those known, never a proof. Heat shows what the network that hears looks at, not what a listener would.",
    composeTold: "For each place in turn the critic judges all 88 notes, and one of its best few is taken; one voice after the other.",
    seconds: "Seconds", voices: "Voices", topK: "One of the best", density: "Notes a second", seed: "Seed", primer: "Go on from (optional)", composeNow: "Compose",
    composing: "{done} of {of} notes, p_real {p}", downloadMidi: "Download MIDI", voiceLegend: "Each voice in its colour; below, p_real as the last voice was added note by note, of the ten seconds up to each place (with several voices, around it).",
    waiting: "waiting", scoring: "The critic judges…", identifying: "MusicBrain listens…", rendering: "Playing it…", repairing: "Looking for edits…", explaining: "Looking for evidence…",
    working: "Working", done: "Judged.", unheard: "The browser cannot play this recording.", cancelled: "Cancelled.", lost: "The service cannot be reached.",
    foot: "Your file goes to this service alone, and is removed after a while.", api: "The API", tokenWanted: "This service asks for a token:", tokenWrong: "That token is not right.", ok: "OK",
    "error NoToken": "Without the service's token nothing can be judged.",
    notTaken: "{name}: by its content it is none of the files that can be judged: MIDI, MusicXML, ABC, or a recording (WAV, FLAC, Ogg, MP3).",
    undecided: "Nothing is decided, whatever the probability, and the labels mean little.",
    rests: "They were found one after the other; p_real is that of an edit's ten seconds as they stood then.",
    shuffle: "chunks shuffled", "off-key": "notes off key", noise: "stray notes", pitch: "wrong pitches", octave: "wrong octaves", time: "notes at other times", onset: "wrong beginnings", offset: "wrong ends", removed: "notes missing", split: "notes split", joined: "notes joined", hand: "one hand transposed", repeated: "a passage repeated", backwards: "a passage backwards", crossed: "voices crossed",
  },
  "zh-Hant": {
    tabs: "要做什麼", judge: "評判", compose: "作曲", language: "語言", theme: "外觀",
    themeAuto: "跟隨系統", themeLight: "淺色", themeDark: "深色",
    dropHere: "將 MIDI 檔、樂譜（MusicXML、ABC）或錄音拖放到這裡。",
    choose: "選擇檔案", orExample: "或試試範例：",
    exampleClean: "巴赫的前奏曲", exampleOffKey: "同一首，部分音走調", exampleShuffled: "同一首，段落打亂",
    shuffle: "打亂", "off-key": "走調", noise: "雜音", pitch: "音高", octave: "八度", time: "時間", onset: "起音", offset: "收音", removed: "缺音", split: "斷開", joined: "相連", hand: "移調的一手", repeated: "重複", backwards: "倒轉", crossed: "聲部交叉",
    "a person": "人", "a machine": "機器", Baroque: "巴洛克", Classical: "古典", Romantic: "浪漫", Modern: "現代",
    chamber: "室內樂", chorale: "聖詠", keyboard: "鍵盤", quartet: "四重奏", song: "歌曲",
    accordion: "手風琴", bassoon: "低音管", cello: "大提琴", clarinet: "單簧管", "double bass": "低音提琴", "english horn": "英國管", flute: "長笛", guitar: "吉他", harp: "豎琴", harpsichord: "大鍵琴", horn: "法國號", oboe: "雙簧管", organ: "管風琴", piano: "鋼琴", saxophone: "薩克斯風", strings: "弦樂", trombone: "長號", trumpet: "小號", viola: "中提琴", violin: "小提琴", voice: "人聲",
    cancel: "取消", play: "播放", pause: "暫停", seek: "樂曲位置", zoomIn: "放大", zoomOut: "縮小",
    rollTold: "鋼琴捲簾：依時間與音高顯示每個音。點擊可跳到該處；+ 與 − 縮放，方向鍵移動，空白鍵播放。",
    spectrogramTold: "錄音的頻譜圖，低音在下。點擊可跳到該處；+ 與 − 縮放，方向鍵移動，空白鍵播放。",
    curveTold: "每十秒的 p_real。",
    attentionTold: "網路的注意力隨時間的分布。",
    rollLegend: "音由藍（正常）經黃到紅（可能有誤）；灰色的音未經評判。下方：每十秒的 p_real，橫線為門檻；再下方是讀鋼琴捲簾的網路的注意力。",
    soundOnly: "錄音的頻譜圖，低音在下。評論家只評判音符。",
    critic: "評論家", isReal: "如同人所寫、所奏", isDamaged: "可能受損",
    pReal: "p_real {p}", severity: "約 {share} 的音似乎受損。", noFault: "未指出任何一種損傷。", faults: "可能是：{kinds}。",
    worst: "最差的段落", noWorst: "沒有低於門檻的段落。", passage: "{from} 至 {to}，最低 p_real {p}",
    suspects: "最可疑的音", suspect: "{at} 的 {note}，{p}", noSuspect: "沒有超過一半機率的音。",
    repair: "修復", propose: "提出修改", noEdits: "沒有修改建議。", take: "採用", at: "時間", edit: "修改", before: "修改前 p_real", after: "修改後",
    downloadMended: "下載採用修改後的檔案", mendedMidi: "下載為 MIDI",
    mended: "採用這些修改後，p_real 為 {p}。", added: "另有 {n} 項修改一併採用，因為所勾選者以其為基礎。",
    "edit delete": "刪除 {note}", "edit move": "將 {note} 移到 {to}", "edit shift": "將 {note} 移到 {at}", "edit shift onset": "{note} 改於 {at} 開始", "edit shift offset": "{note} 改於 {at} 結束", "edit join": "將 {note} 與下一音相連", "edit split": "{note} 於 {at} 再次彈奏",
    meaning: "這些數字的意義與限制",
    criticMeaning: "p_real 是音樂如同人所寫、所奏，而非被打亂、走調或夾雜雜音的機率。它不表示音樂好壞，也不表示作者是誰。緩慢、稀疏或少見的音樂有時會被誤認為受損。每個音的機率表示它不該是現在這樣；作曲家的巧思有時也會如此。",
    brain: "MusicBrain", human: "人", ai: "機器", uncertain: "無法判定", pAi: "所作；p_ai {p}", pAiUncertain: "作者；p_ai {p}",
    composer: "作曲家", period: "時期", genre: "類型", instruments: "樂器", generator: "生成器",
    stages: "各層次受到聆聽的程度", low: "低：樂音與起音", mid: "中：音型", high: "高：曲式",
    evidence: "依據", explain: "顯示各標籤的依據", explainedStretch: "從播放位置起看一分鐘。", explainAgain: "從這裡再看一次",
    opacity: "不透明度", report: "報告（HTML）", shown: "{from} 至 {to}；低音在下。",
    brainMeaning: "p_ai 是機器作曲的機率，僅就網路學過的機器而言；「人」不表示沒有機器能寫出它。作曲家與時期是已知者中最相近的，絕非證明。熱圖顯示聆聽網路所看的地方，未必是聽者所注意的。",
    composeTold: "評論家在每個位置評判全部 88 個音，從最好的幾個中取一個；一個聲部接一個聲部。",
    seconds: "秒數", voices: "聲部", topK: "取自前幾名", density: "每秒音數", seed: "亂數種子", primer: "接續自（可省略）", composeNow: "作曲",
    composing: "{of} 個音中的第 {done} 個，p_real {p}", downloadMidi: "下載 MIDI", voiceLegend: "每個聲部一種顏色；下方為最後一個聲部逐音加入時的 p_real：只有一個聲部時，取止於各位置的十秒；多個聲部時，取各位置前後的十秒。",
    waiting: "等待中", scoring: "評論家評判中…", identifying: "MusicBrain 聆聽中…", rendering: "產生聲音中…", repairing: "尋找修改中…", explaining: "尋找依據中…",
    working: "進行中", done: "評判完成。", unheard: "瀏覽器無法播放此錄音。", cancelled: "已取消。", lost: "無法連上服務。",
    "error UnreadableFile": "無法讀取此檔案。", "error NoNotes": "此檔案中沒有可評判的音。", "error BadInput": "輸入的值不適用。",
    "error OverLimit": "此檔案超過限制。", "error TooLarge": "超過服務所能處理的大小。", "error TooSlow": "處理時間過長。",
    "error TooOften": "請求過於頻繁，請稍候。", "error Busy": "服務忙碌中，請稍後再試。", "error NoRoom": "服務的磁碟已滿。",
    "error Crashed": "服務的處理程序意外中斷。", "error Unexpected": "服務發生未預期的錯誤。", "error Stopped": "服務在處理途中停止了。",
    "error NoSuchJob": "沒有這項工作，或已過期。", "error NoRepair": "這不是已完成的修復。", "error IsOver": "這項工作已經結束。",
    "error MissingExtra": "服務缺少所需的套件。", "error NoToken": "沒有服務的權杖，無法評判。",
    foot: "您的檔案只傳到此服務，並於一段時間後移除。", api: "API", tokenWanted: "此服務需要權杖：", tokenWrong: "權杖不正確。", ok: "確定",
    notTaken: "{name}：依內容判斷，不是可評判的檔案：MIDI、MusicXML、ABC，或錄音（WAV、FLAC、Ogg、MP3）。",
    undecided: "因此無論機率如何都不作判定，標籤也沒有多少意義。",
    rests: "這些修改是逐一找出的；p_real 是找到該項修改時該處十秒的值。",
  },
};

// Why a verdict rests on little: the service says it in English, in these sentences.
const CAVEATS = {
  "zh-Hant": [
    [/(?:it )?rests on (\d+) notes? in ([\d.]+) s; the critic learned from clips of (\d+) s with about (\d+) notes/, "僅憑 $1 個音、$2 秒；評論家學自 $3 秒、約 $4 個音的片段"],
    [/lies far from all music that the critic learned from, at ([\d.]+) where 98 in 100 clips even of unknown corpora stay below ([\d.]+)/, "與評論家學過的所有音樂相距甚遠：距離 $1，而即使是沒學過的曲庫，100 個片段中也有 98 個低於 $2"],
    [/it rests on (\d+) notes? in (\d+) quarters; wanted are (\d+) notes and (\d+) quarters/, "僅憑 $1 個音、$2 個四分音符；至少要 $3 個音、$4 個四分音符"],
    [/only (\d+) % of its notes begin on the file's own sixteenths or triplets, (\d+) % would by chance; it learned from scores, and reads by the beats/, "只有 $1 % 的音落在檔案自身的十六分音符或三連音上，隨機也有 $2 %；它學自樂譜，依拍點判讀"],
    [/it rests on ([\d.]+) s; it learned from ten seconds at once/, "僅憑 $1 秒；它學的是一次十秒"],
    [/no note is clearly heard to begin, the clearest with p ([\d.]+): it may be noise/, "聽不到清楚的起音，最清楚的機率為 $1：可能是雜訊"],
    [/no instrument that it knows is heard, (.+?) the likeliest with p ([\d.]+); it learned from music on these alone/, "聽不到它認得的樂器，最可能的是 $1，機率 $2；它只學過這些樂器的音樂"],
  ],
};

let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh-Hant" : "en");

export function say(key, values = {}) {
  const text = WORDS[language][key] ?? WORDS.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// What the service says of a failure is English; where there are words for its kind, they come first.
export function sayError({ type, message }) {
  const words = WORDS[language][`error ${type}`];
  if (type === "NoToken") return words;
  return words ? `${words}（${message}）` : message;
}

export function sayCaveat(text) {
  return (CAVEATS[language] ?? []).reduce((said, [told, words]) => said.replace(told, words), text ?? "");
}

// Put all words in place, and again whenever the language changes; `changed` draws the rest anew.
export function speak(chooser, changed) {
  const all = () => {
    document.documentElement.lang = language;
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
    for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
    changed();
  };
  chooser.value = language;
  chooser.addEventListener("change", () => {
    language = chooser.value;
    localStorage.setItem("language", language);
    all();
  });
  all();
}

export function clock(seconds) {
  const whole = Math.max(Math.floor(seconds), 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const STEPS = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
export const note = (pitch) => `${STEPS[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
export const percent = (p) => `${Math.round(100 * p)} %`;

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
