/** Where the data of a tracker comes in, for those that do not connect by themselves: a link for a phone, an address for a cloud. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { apiUrl } from '../../api/client.ts';
import { present } from '../../app/session.ts';
import { whole } from '../../format/time.ts';
import { Button } from '../../parts/button.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import type { Why } from './why.ts';

/** Clouds that push to an address which somebody has to enter there; the others connect, or are subscribed to. */
const PUSHED = ['mercedes-benz', 'bmw', 'silence'] as const;

export function Intake({ tracker }: { tracker: Why['tracker'] }) {
  if (tracker.provider === 'html5') return <PhoneLink oid={tracker.oid} />;
  const protocol = PUSHED.find((name) => name === tracker.provider);
  return protocol === undefined ? null : <PushAddress protocol={protocol} />;
}

/** Makes something that is shown once. */
function useMade<Made>(make: () => Promise<Made>) {
  const [made, setMade] = useState<Made | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const start = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setMade(await make());
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return { made, busy, problem, start };
}

function PhoneLink({ oid }: { oid: string }) {
  const words = texts.progress.phone;
  const params = { path: { oid } };
  const { made, busy, problem, start } = useMade(() =>
    ask(present().client.POST('/v1/trackers/{oid}/html5-links', { params, body: {} })),
  );
  return (
    <section class="panel panel-body">
      <h2>{words.title}</h2>
      <p>{words.says}</p>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      {made === null ? null : (
        <figure class="phone-link">
          <img alt={words.qr} width="180" height="180" src={`data:image/svg+xml,${encodeURIComponent(made.qr_svg)}`} />
          <figcaption>
            <code class="secret">{made.url}</code>
            <p class="muted small">
              {words.until} {whole(made.link.expires_at)}
            </p>
          </figcaption>
        </figure>
      )}
      <div class="form-actions">
        <Button kind={made === null ? 'primary' : undefined} busy={busy} onClick={() => void start()}>
          {words.make}
        </Button>
      </div>
    </section>
  );
}

/** 32 random bytes, as text. */
const newSecret = (): string =>
  [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

function PushAddress({ protocol }: { protocol: (typeof PUSHED)[number] }) {
  const words = texts.progress.push;
  const { value, problem, again } = useLoaded(
    (signal) => ask(present().client.GET('/v1/push-endpoints', { params: { query: { limit: 500 } }, signal })),
    [],
  );
  const {
    made,
    busy,
    problem: failed,
    start,
  } = useMade(async () => {
    const secret = newSecret();
    const body = { name: texts.providers[protocol], protocol, proof: { kind: 'bearer' as const, secrets: [secret] } };
    const { path } = await ask(present().client.POST('/v1/push-endpoints', { body: body as never }));
    return { secret, url: apiUrl(path) };
  });
  const endpoint = value?.items.find((each) => each.protocol === protocol);
  return (
    <section class="panel panel-body">
      <h2>{words.title}</h2>
      <p>{words.says}</p>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {failed === null ? null : <ProblemNotice problem={failed} />}
      {made === null ? (
        <p>{endpoint === undefined ? words.none : words.has(endpoint.name)}</p>
      ) : (
        <dl class="facts">
          <dt>{words.address}</dt>
          <dd>
            <code class="secret" data-made="address">
              {made.url}
            </code>
          </dd>
          <dt>{words.secret}</dt>
          <dd>
            <code class="secret" data-made="secret">
              {made.secret}
            </code>
          </dd>
        </dl>
      )}
      {made === null ? null : <p class="muted">{words.once}</p>}
      {made === null && value !== null && endpoint === undefined ? (
        <div class="form-actions">
          <Button kind="primary" busy={busy} onClick={() => void start()}>
            {words.make}
          </Button>
        </div>
      ) : null}
    </section>
  );
}
