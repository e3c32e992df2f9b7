import { useId } from 'preact/hooks';
import { SelectField, TextField } from '../../parts/field.tsx';
import { texts } from '../../texts/index.ts';
import { AccountPanel } from './account.tsx';
import { trackerProblems, type Draft } from './draft.ts';
import { checkId, type Provider } from './id-check.ts';

interface TrackerStepProps {
  provider: Provider;
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
  papers: File | null;
  onPapers: (papers: File | null) => void;
  /** Somebody wanted to go on: what is missing is said, too. */
  tried: boolean;
}

/** What the provider needs: who the tracker is, and what proves it. */
export function TrackerStep({ provider, draft, onChange, papers, onPapers, tried }: TrackerStepProps) {
  const words = texts.register;
  const problems = trackerProblems(draft, provider);
  const needsBox = provider.family === 'hardware' && checkId(['imei'], draft.trackerId).state !== 'good';
  return (
    <>
      <IdField
        kinds={provider.tracker_id}
        value={draft.trackerId}
        onValue={(trackerId) => onChange({ trackerId })}
        tried={tried}
      />
      {provider.types.length < 2 ? null : (
        <SelectField
          label={words.type}
          value={draft.type ?? provider.types[0] ?? ''}
          onValue={(type) => onChange({ type: provider.types.find((each) => each === type) ?? null })}
        >
          {provider.types.map((type) => (
            <option key={type} value={type}>
              {texts.connectionTypes[type]}
            </option>
          ))}
        </SelectField>
      )}
      {needsBox ? (
        <TextField
          label={words.foreignId}
          hint={words.foreignIdHint}
          name="foreign-id"
          inputMode="numeric"
          value={draft.foreignId}
          problem={checkId(['imei'], draft.foreignId).state === 'wrong' || tried ? problems.foreignId : null}
          good={checkId(['imei'], draft.foreignId).state === 'good' ? words.idGood.imei : null}
          onValue={(foreignId) => onChange({ foreignId })}
        />
      ) : null}
      {provider.odometer ? (
        <>
          <TextField
            label={words.odometer}
            hint={words.odometerHint}
            name="odometer"
            inputMode="decimal"
            value={draft.odometer}
            problem={draft.odometer !== '' || tried ? problems.odometer : null}
            onValue={(odometer) => onChange({ odometer })}
          />
          <PapersField papers={papers} onPapers={onPapers} />
        </>
      ) : null}
      {provider.credentials === null ? null : <AccountPanel provider={provider} />}
      <section class="then">
        <h3>{words.happens}</h3>
        <ol>
          {words.afterwards[provider.name].map((says) => (
            <li key={says}>{says}</li>
          ))}
        </ol>
      </section>
    </>
  );
}

interface IdFieldProps {
  kinds: Provider['tracker_id'];
  value: string;
  onValue: (value: string) => void;
  tried: boolean;
}

/** A tracker id, looked at with every key by the rules of the gateway. */
export function IdField({ kinds, value, onValue, tried }: IdFieldProps) {
  const words = texts.register;
  const check = checkId(kinds, value);
  const problem =
    check.state === 'wrong' || (tried && check.state === 'short')
      ? check.problem
      : tried && check.state === 'empty'
        ? words.required
        : null;
  return (
    <TextField
      label={`${words.trackerId} (${kinds.map((kind) => words.idKinds[kind]).join(words.or)})`}
      hint={kinds.map((kind) => words.idHints[kind]).join(' ')}
      name="tracker-id"
      autocomplete="off"
      spellcheck={false}
      value={value}
      problem={problem}
      good={check.state === 'good' ? words.idGood[check.kind] : null}
      onValue={onValue}
    />
  );
}

const PAPER_KINDS = ['application/pdf', 'image/jpeg', 'image/png', 'image/webp'];

function PapersField({ papers, onPapers }: Pick<TrackerStepProps, 'papers' | 'onPapers'>) {
  const words = texts.register;
  const id = useId();
  const wrong = papers !== null && !PAPER_KINDS.includes(papers.type);
  return (
    <div class="field">
      <label for={id}>{words.papers}</label>
      <input
        id={id}
        class="input input-file"
        type="file"
        accept={PAPER_KINDS.join(',')}
        aria-describedby={`${id}-says`}
        onInput={(event) => onPapers(event.currentTarget.files?.[0] ?? null)}
      />
      <div id={`${id}-says`} aria-live="polite">
        {wrong ? <p class="field-problem">{words.papersKinds}</p> : null}
        <p class="field-hint">{words.papersHint}</p>
      </div>
    </div>
  );
}
