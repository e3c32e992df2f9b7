import { useEffect, useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { asProblem, type Problem } from '../../api/problem.ts';
import { go, hrefOf, place } from '../../app/router.ts';
import { present } from '../../app/session.ts';
import { Button } from '../../parts/button.tsx';
import { SelectField, TextArea, TextField } from '../../parts/field.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Page } from '../../parts/page.tsx';
import { texts } from '../../texts/index.ts';
import { Dissection } from './dissection.tsx';
import { pastedIn } from './layout.ts';

type Dissected = components['schemas']['Dissection'];

/** The example of the documentation of Teltonika: one message with five elements. */
const EXAMPLE =
  '00000000 00000036 08 01 0000016B40D8EA30 01 00000000 00000000 0000 0000 00 0000 01 05 02 15 03 01 01 01 42 5E0F 01 F1 0000601A 01 4E 0000000000000000 01 0000C7CF';

/** What is asked, as the address has it. */
interface Asked {
  hex: string;
  protocol: string;
  ident: string;
}

/** Any bytes: what they say, or what they could be. They stand in the address, so that a link shows them. */
export function Pasted() {
  const { query } = place.value;
  const [hex, protocol, ident] = ['hex', 'protocol', 'ident'].map((name) => query.get(name) ?? '') as [string, string, string];
  const { value, problem, busy } = useDissected({ hex, protocol, ident });
  const show = (asked: Partial<Asked>) => go(hrefOf(['frames'], { hex, protocol, ident, ...asked }));
  // Every codec judges what is pasted: that names them all.
  const [known, setKnown] = useState<readonly string[]>([]);
  useEffect(() => {
    const found = value?.candidates.map((candidate) => candidate.protocol) ?? [];
    if (found.length > known.length) setKnown(found.toSorted());
  }, [value]);
  return (
    <Page title={texts.frames.title}>
      <PasteForm
        key={`${hex} ${ident}`}
        asked={{ hex, protocol, ident }}
        protocols={known.length === 0 && protocol !== '' ? [protocol] : known}
        busy={busy}
        onAsk={show}
      />
      {problem === null ? null : <ProblemNotice problem={problem} />}
      {value === null ? null : <Dissection dissection={value} onProtocol={(name) => show({ protocol: name })} />}
    </Page>
  );
}

/** Has the gateway take apart what is asked. */
function useDissected({ hex, protocol, ident }: Asked): { value: Dissected | null; problem: Problem | null; busy: boolean } {
  const [value, setValue] = useState<Dissected | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const pasted = pastedIn(hex);
    setValue(null);
    setProblem(null);
    if (pasted === null) return undefined;
    const stop = new AbortController();
    const more = { ...(protocol === '' ? {} : { protocol }), ...(ident === '' ? {} : { ident }) };
    setBusy(true);
    ask(present().client.POST('/v1/dissect', { body: { ...pasted, ...more }, signal: stop.signal }))
      .then(setValue, (error: unknown) => stop.signal.aborted || setProblem(asProblem(error)))
      .finally(() => setBusy(false));
    return () => stop.abort();
  }, [hex, protocol, ident]);
  return { value, problem, busy };
}

function PasteForm({
  asked,
  protocols,
  busy,
  onAsk,
}: {
  asked: Asked;
  protocols: readonly string[];
  busy: boolean;
  onAsk: (asked: Partial<Asked>) => void;
}) {
  const words = texts.frames;
  const [text, setText] = useState(asked.hex);
  const [ident, setIdent] = useState(asked.ident);
  const [isEmpty, setEmpty] = useState(false);
  return (
    <form
      class="panel panel-body paste"
      onSubmit={(event) => {
        event.preventDefault();
        setEmpty(text.trim() === '');
        if (text.trim() !== '') onAsk({ hex: text.trim(), ident: ident.trim() });
      }}
    >
      <TextArea
        label={words.hex}
        hint={words.hexHint}
        rows={3}
        value={text}
        onValue={(next) => (setText(next), setEmpty(false))}
        problem={isEmpty ? words.empty : null}
      />
      <div class="form-row">
        <SelectField label={words.protocol} value={asked.protocol} onValue={(protocol) => onAsk({ protocol })}>
          <option value="">{words.anyProtocol}</option>
          {protocols.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField
          label={words.ident}
          hint={words.identHint}
          value={ident}
          onValue={setIdent}
          spellcheck={false}
          autocomplete="off"
        />
      </div>
      <div class="form-actions">
        <Button type="submit" kind="primary" busy={busy}>
          {busy ? words.going : words.go}
        </Button>
        {text === '' ? <Button onClick={() => onAsk({ hex: EXAMPLE })}>{words.example}</Button> : null}
      </div>
    </form>
  );
}
