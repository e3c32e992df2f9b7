/** `#/register`: the wizard. `#/register/OID`: what becomes of a registration, until it is connected. */
import type { PageProps } from '../../app/page-props.ts';
import { Progress } from './progress.tsx';
import { Wizard } from './wizard.tsx';
import './style.css';

export default function RegisterPage({ rest: [oid] }: PageProps) {
  return oid === undefined ? <Wizard /> : <Progress key={oid} oid={oid} />;
}
