import { useState } from 'preact/hooks';
import type { components } from '../../api/client.ts';
import { Time } from '../../parts/time.tsx';
import { saySpeed, sayValue, unitName } from '../../format/units.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import type { Loaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { categoryOf, nameOfSignal } from './signal-names.ts';

type Latest = components['schemas']['Latest'];
type Value = Latest['values'][number];

/** What is known last, by category, with units and times; numbers can be shown over time. */
export function Values({
  latest: { value: latest, problem, again },
  onShow,
}: {
  latest: Loaded<Latest>;
  onShow: (key: string) => void;
}) {
  const words = texts.tracker.values;
  const [text, setText] = useState('');
  const values = latest?.values ?? [];
  const found = values.filter(({ key }) => `${key} ${nameOfSignal(key)}`.toLowerCase().includes(text.trim().toLowerCase()));
  return (
    <section class="panel overview-values" aria-label={words.title}>
      <header class="panel-head">
        <h2>{words.title}</h2>
        {values.length < FEW ? null : (
          <input
            class="input"
            type="search"
            aria-label={words.filter}
            placeholder={words.filter}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
      </header>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {latest === null ? null : (
        <div class="values">
          <Place latest={latest} />
          {values.length === 0 ? <p class="muted">{words.none}</p> : null}
          {values.length > 0 && found.length === 0 ? <p class="muted">{words.nothing}</p> : null}
          {[...Map.groupBy(found, ({ key }) => categoryOf(key))].map(([category, own]) => (
            <div key={category}>
              <h3>{category}</h3>
              <dl class="values-list">
                {own.map((value) => (
                  <Row key={value.key} value={value} onShow={onShow} />
                ))}
              </dl>
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

/** Below that nobody has to look for anything. */
const FEW = 8;

function Row({ value: { key, value, unit, observed_at: at }, onShow }: { value: Value; onShow: (key: string) => void }) {
  const name = nameOfSignal(key);
  return (
    <div class="value-row">
      <dt title={key}>
        {typeof value === 'number' ? (
          <button type="button" class="value-name" title={texts.tracker.values.show(name)} onClick={() => onShow(key)}>
            {name}
          </button>
        ) : (
          name
        )}
      </dt>
      <dd>
        {sayValue(value, unitName(unit))}
        <span class="muted small">
          <Time at={at} />
        </span>
      </dd>
    </div>
  );
}

function Place({ latest: { position } }: { latest: Latest }) {
  const words = texts.tracker.values;
  if (position === null) return <p class="muted">{words.unbelieved}</p>;
  const { lat, lon, speed_kmh: speed, course_deg: course, altitude_m: altitude, satellites, observed_at: at } = position;
  const facts: [string, string][] = [
    [words.facts.where, `${lat.toFixed(5)}, ${lon.toFixed(5)}`],
    [words.facts.speed, saySpeed(speed)],
    ...(course === null ? [] : [[words.facts.course, `${Math.round(course)}°`] as [string, string]]),
    ...(altitude === null ? [] : [[words.facts.altitude, `${Math.round(altitude)} m`] as [string, string]]),
    ...(satellites === null ? [] : [[words.facts.satellites, String(satellites)] as [string, string]]),
  ];
  return (
    <div>
      <h3>{words.place}</h3>
      <dl class="values-list">
        {facts.map(([name, says]) => (
          <div class="value-row" key={name}>
            <dt>{name}</dt>
            <dd>
              {says}
              {name === words.facts.where ? (
                <span class="muted small">
                  <Time at={at} />
                </span>
              ) : null}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
