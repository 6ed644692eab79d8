/** Tells what the service publishes as one readable line per step (pure). */
import type { IncidentEvent } from '../../src/mqtt/events';

const COLOURS = new Map([
  ['black', '黑'],
  ['white', '白'],
  ['grey', '灰'],
  ['red', '红'],
  ['orange', '橙'],
  ['yellow', '黄'],
  ['green', '绿'],
  ['blue', '蓝'],
  ['purple', '紫'],
  ['pink', '粉'],
  ['brown', '棕'],
]);
const SEATS = { driver: 'driver 驾驶人', passenger: 'passenger 乘客', child: 'child 儿童' };
const LANGUAGES = { 'zh-CN': 'Mandarin 普通话', wuu: 'Changxing dialect 长兴话' };
const RESULTS = {
  corrected: 'corrected 已戴好',
  not_corrected: 'not corrected 未改正',
  unknown_left: 'unknown, left 未知（已离开）',
  unknown_occluded: 'unknown, hidden 未知（被遮挡）',
};

/** `seen` goes before the violation it led to. */
export function seenLine(clock: string, rider: { readonly trackId: number; readonly camera: string }): string {
  return line(clock, 'seen 看见', `two-wheeler ${rider.trackId} on camera ${rider.camera}`);
}

export function eventLine(event: IncidentEvent): string {
  const clock = event.time.slice(11, 19);
  const incident = event.data.incidentId.slice(-6);
  switch (event.type) {
    case 'cn.anqi.helmet.violation.v1': {
      const [person] = event.data.persons;
      if (person === undefined) return line(clock, 'violation 未戴', incident);
      const colour = person.appearance?.upperColour;
      const dress = colour === undefined ? '' : `, in ${colour} ${COLOURS.get(colour) ?? ''}`;
      const { worn, not_worn } = person.votes;
      const facts = `votes ${not_worn} bare : ${worn} worn, score ${person.score.toFixed(2)}`;
      return line(clock, 'violation 未戴', `[${incident}] ${SEATS[person.seat]}${dress} without a helmet (${facts})`);
    }
    case 'cn.anqi.helmet.prompt.v1': {
      const { prompt } = event.data;
      const state = prompt.reason === undefined ? prompt.playback : `${prompt.playback}: ${prompt.reason}`;
      const what = prompt.phrase === 'thanks' ? 'thanks 致谢' : `prompt 提醒 ${prompt.number}`;
      return line(clock, what, `[${incident}] ${LANGUAGES[prompt.lang]}: ${prompt.text} (${state})`);
    }
    case 'cn.anqi.helmet.outcome.v1': {
      const { result, afterPrompt, afterPromptLang, reactionMs } = event.data.outcome;
      const after = afterPromptLang === undefined ? '' : ` after prompt ${afterPrompt}, ${LANGUAGES[afterPromptLang]}`;
      const reaction = reactionMs === undefined ? '' : `, ${(reactionMs / 1000).toFixed(1)} s from its start`;
      return line(clock, 'outcome 结果', `[${incident}] ${RESULTS[result]}${after}${reaction}`);
    }
  }
}

/** Chinese characters are two columns wide. */
function line(clock: string, step: string, text: string): string {
  const width = [...step].reduce((sum, character) => sum + (character > '⺀' ? 2 : 1), 0);
  return `${clock}  ${step}${' '.repeat(Math.max(1, 18 - width))}${text}`;
}
