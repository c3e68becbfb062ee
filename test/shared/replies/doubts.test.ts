/**
 * The laws that ask whether a reply blames the recipient, and for good: the names in it, its status, "or", and time.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ReplyClass, reasonOfReply, replyClassRow } from '../../../shared/replies/classes.ts';
import { classify } from '../../../shared/replies/classify.ts';
import { certainWords } from '../../../shared/replies/doubts.ts';
import { parseReplyText, type Quote, type Reply } from '../../../shared/replies/reply.ts';
import { RULES } from '../../../shared/replies/rules.ts';
import { acceptsStrangers } from '../../../shared/replies/stranger.ts';
import { wordingOf } from '../../../shared/replies/wording.ts';
import { reasonRow } from '../../../shared/verdict.ts';

/** Samples of the rows that blame the recipient: a reply about us must not be taken for one. */
const BLAMING = RULES.filter((row) => replyClassRow(row.class).blame === 'recipient').map((row) => row.sample);
const OURS: readonly Quote[] = ['sender', 'ip', 'helo'];
const anyProvider = fc.constantFrom(null, ...RULES.map((row) => row.provider));

const anyBlamingReply = fc.constantFrom(...BLAMING).map(replyOf);

describe('a reply about us', () => {
  test.each(['1.7', '1.8', '7.20', '7.21', '7.22', '7.23', '7.24', '7.25', '7.26', '7.27'])(
    'with the status 5.%s blames neither the mailbox nor its domain, whatever it says and at any code',
    (detail) => {
      fc.assert(
        fc.property(
          anyBlamingReply,
          fc.constantFrom(450, 451, 500, 501, 550, 552, 553, 554),
          anyProvider,
          (told, code, provider) => {
            const reply = { ...told, code, enhanced: `${Math.floor(code / 100)}.${detail}` };
            expectAboutUs(classify('rcpt', reply, provider).class);
          },
        ),
      );
    },
  );

  test('a reply about us that names something of ours and not the recipient blames neither the mailbox nor its domain', () => {
    fc.assert(
      fc.property(anyBlamingReply, fc.subarray([...OURS], { minLength: 1 }), anyProvider, (told, quotes, provider) => {
        expectAboutUs(classify('rcpt', { ...told, quotes }, provider).class);
      }),
    );
  });

  test('a reply about us is read by its words alone if it names the recipient as well, or if that was not checked', () => {
    fc.assert(
      fc.property(anyBlamingReply, fc.subarray([...OURS]), anyProvider, (told, ours, provider) => {
        const expected = classify('rcpt', told, provider);
        expect(classify('rcpt', { ...told, quotes: [...ours, 'recipient'] }, provider)).toEqual(expected);
        expect(classify('rcpt', { ...told, quotes: [] }, provider)).toEqual(expected);
      }),
    );
  });

  test.each<[Quote, string, ReplyClass]>([
    ['sender', '550 <verify@probe.example>: No such user', 'sender_rejected'],
    ['sender', '550 postmaster@probe.example does not exist', 'sender_rejected'],
    ['ip', '550 5.1.1 192.0.2.25 User unknown', 'policy_other'],
    ['helo', '550 probe.example: mailbox not found', 'policy_other'],
  ])('a reply about us that names the %s alone is refused for that: %s', (quote, raw, expected) => {
    const reply = { ...replyOf(raw), quotes: [quote] };
    expect(classify('rcpt', reply).class).toBe(expected);
    expect(acceptsStrangers(reply, null)).toBeNull();
  });

  test.each([
    '550 5.1.7 <verify@probe.example>: Invalid address',
    '550 5.7.25 address not found',
    '550 5.7.1 <ada@example.org>: Recipient address rejected: callback to verify@probe.example says: 550 No such user',
    '550 5.7.1 <ada@example.org>: Recipient address rejected: we called back your MX: user unknown',
    '550 address 192.0.2.25 not found in DNS',
    '550 IP address 2001:db8::25 unknown',
    '550 5.1.1 Rejected, look at http://www.openspf.org/why.html?sender=verify%40probe.example&ip=192.0.2.25',
    '550 5.1.0 <verify@probe.example>: Sender address rejected: undeliverable address: host mx.probe.example said: 550 5.1.1 user unknown',
    '550 Adresse 192.0.2.25 nicht gefunden',
    '550 Неизвестный IP адрес',
  ])('a reply about us says so without anybody having looked whom it names: %s', (raw) => {
    const { class: found } = classify('rcpt', replyOf(raw));
    expect([replyClassRow(found).blame, reasonOfReply(found, 550)]).toEqual(['us', 'blocked']);
  });
});

describe('a status of policy', () => {
  test.each(['500 5.7.1 x', '501 5.7.0 x', '503 5.7.1 send HELO first', '550 5.7.1 x', '555 5.7.9 x'])(
    'is a refusal of us whatever the code: %s',
    (raw) => {
      const { class: found } = classify('rcpt', replyOf(raw));
      expect([replyClassRow(found).blame, reasonOfReply(found, 550)]).toEqual(['us', 'blocked']);
    },
  );

  test.each([
    ['550 5.7.1 Requested action not taken: mailbox unavailable', 'policy_other'],
    ['550 5.7.1 User unknown or access denied', 'policy_other'],
    ['550 5.7.1 No such user!', 'mailbox_not_found'],
    ['550 5.4.1 Recipient address rejected: Access denied', 'mailbox_not_found'],
    ['550 5.7.1 Recipient address rejected: Access denied', 'policy_other'],
  ])('a status of policy leaves to the words what they say outright: %s', (raw, expected) => {
    expect(classify('rcpt', replyOf(raw)).class).toBe(expected);
  });
});

describe('an "or"', () => {
  const faults = [
    'user unknown',
    'no such user',
    'mailbox not found',
    'recipient does not exist',
    'account disabled',
    'invalid recipient',
  ];
  const causes = [
    'blocked by policy',
    'greylisted',
    'access denied',
    'rejected as spam',
    'the sender is blacklisted',
    'relaying denied',
    'you are not allowed to send',
    'the server is busy',
    'temporarily unavailable',
    'no such domain',
  ];

  test.each(faults)('an "or" between %s and another cause refuses no mailbox, in either order', (fault) => {
    for (const cause of causes) {
      for (const text of [
        `${fault} or ${cause}`,
        `${cause} or ${fault}`,
        `${fault}, or ${cause}`,
        `either ${fault} or ${cause}.`,
      ]) {
        for (const status of ['', '5.1.1 ', '5.2.1 ']) {
          expect([text, verdictOf(`550 ${status}${text}`)]).toEqual([text, 'unknown']);
        }
      }
    }
  });

  test.each([
    'mailbox disabled or does not exist',
    'unknown or invalid user',
    'the mailbox does not exist or is inactive',
    'user unknown or account suspended',
    'user unknown/disabled',
  ])('an "or" between two faults of a mailbox leaves the refusal: %s', (text) => {
    expect(verdictOf(`550 ${text}`)).toBe('invalid');
  });

  test.each([
    'usuario desconocido o bloqueado por política',
    'utilisateur inconnu ou refusé',
    'Benutzer unbekannt oder Zugriff verweigert',
    'gebruiker onbekend of geblokkeerd',
    'użytkownik nieznany lub wiadomość odrzucona',
    'пользователь не найден или заблокирован отправитель',
    'kullanıcı bulunamadı veya erişim engellendi',
    'uživatel neexistuje nebo je zpráva odmítnuta',
    'utente sconosciuto o rifiutato',
    'usuário inexistente ou bloqueado pela política',
    'okänd användare eller blockerad',
    'ismeretlen felhasználó vagy szabály által tiltva',
    '用户不存在或被拒收',
    'ユーザーが存在しないか、受信が拒否されています',
    '사용자가 없거나 정책에 의해 거부되었습니다',
    'المستخدم غير موجود أو محظور',
  ])('an "or" counts in the language of the reply: %s', (text) => {
    expect(verdictOf(`550 ${text}`)).toBe('unknown');
    expect(verdictOf(`550 5.1.1 ${text}`)).toBe('unknown');
  });

  test('an "or" spoils its own clause and no other', () => {
    const raw =
      '550-Mailbox unknown.  Either there is no mailbox associated with this\n550-name or you do not have authorization to see it.\n550 5.1.1 User unknown';
    expect(verdictOf(raw)).toBe('invalid');
    expect(certainWords(wordingOf('User unknown: blocked or denied'))).toBe(' user unknown . OR . ');
  });
});

describe('a refusal that is only for now', () => {
  const now = [
    'temporarily',
    'try again later',
    'maintenance',
    'lookup error',
    'please retry in 10 minutes',
    'at the moment',
  ];

  test.each(now)('a refusal that is only for now makes no mailbox invalid: %s', (words) => {
    for (const sample of BLAMING) {
      expect(verdictOf(`${sample} ${words}`), sample).not.toBe('invalid');
    }
  });

  test.each([
    'vorübergehend',
    'temporairement',
    'temporalmente',
    'tijdelijk',
    'временно',
    'geçici olarak',
    'dočasně',
    '暂时',
    '一時的に',
  ])('a refusal that is only for now is told in the language of the reply: %s', (word) => {
    expect(verdictOf(`550 5.1.1 user unknown ${word}`)).toBe('unknown');
  });

  test('a refusal that is only for now is asked again, though the code says for good', () => {
    const reply = replyOf('550 5.1.1 <ada@example.org>: user look-up failed because of maintenance');
    expect(reasonOfReply(classify('rcpt', reply).class, reply.code)).toBe('temporary_failure');
  });

  test('a refusal that is only for now may still say that the mailbox is full', () => {
    expect(classify('rcpt', replyOf('552 recipient storage full, try again later')).class).toBe('mailbox_full');
  });
});

describe('a fault of something that is no mailbox', () => {
  // Each thing with each fault, with a status about the recipient as well, and behind the address that was asked for.
  test.each<[language: string, things: readonly string[], faults: readonly string[]]>([
    [
      'English',
      [
        ...[
          'Client',
          'Client host',
          'Sending host',
          'Your IP',
          'Hostname',
          'IP address',
          'Return path',
          'Return address',
        ],
        ...['Bounce address', 'From address', 'Author address', 'Originator', 'Authenticated user', 'Certificate'],
        ...['Password', 'Attachment', 'Domain of the recipient', 'Sending domain', 'Message-ID', 'SPF record'],
      ],
      [
        'unknown',
        'not found',
        'does not exist',
        'is invalid',
        'is disabled',
        'has been blocked',
        'expired',
        'has no mailbox',
      ],
    ],
    [
      'German',
      [
        'Absender',
        'Client',
        'Ihr Server',
        'IP-Adresse',
        'Domain',
        'Die Domain des Empfängers',
        'Zertifikat',
        'Kennwort',
      ],
      ['unbekannt', 'nicht gefunden', 'existiert nicht', 'ungültig', 'ist nicht bekannt', 'deaktiviert', 'gesperrt'],
    ],
    [
      'French',
      ["L'adresse de l'expéditeur", 'Client', 'Hôte', 'Adresse IP', 'Le domaine du destinataire', 'Mot de passe'],
      ['inconnu', 'introuvable', "n'existe pas", 'invalide', 'désactivé', 'bloqué', 'expiré'],
    ],
    [
      'Spanish',
      [
        'Remitente',
        'Cliente',
        'Su servidor',
        'Dirección IP',
        'El dominio del destinatario',
        'Certificado',
        'Contraseña',
      ],
      ['desconocido', 'no encontrado', 'no existe', 'no válido', 'deshabilitado', 'bloqueado', 'caducado'],
    ],
    [
      'Dutch',
      ['Afzender', 'Client', 'Uw server', 'IP-adres', 'Domein van de ontvanger', 'Certificaat', 'Wachtwoord'],
      ['onbekend', 'niet gevonden', 'bestaat niet', 'ongeldig', 'uitgeschakeld', 'geblokkeerd', 'verlopen'],
    ],
    [
      'Polish',
      ['Nadawca', 'Klient', 'Serwer', 'Adres IP', 'Domena odbiorcy', 'Certyfikat', 'Hasło'],
      ['nieznany', 'nie znaleziono', 'nie istnieje', 'nieprawidłowy', 'zablokowany', 'nieaktywny'],
    ],
    [
      'Russian',
      ['Отправитель', 'Клиент', 'Хост', 'IP-адрес', 'Домен получателя', 'Сертификат', 'Пароль', 'Обратный адрес'],
      ['неизвестен', 'не найден', 'не существует', 'недействителен', 'отключен', 'заблокирован'],
    ],
    [
      'Turkish',
      ['Gönderen', 'İstemci', 'Sunucunuz', 'IP adresi', 'Alıcının alan adı', 'Sertifika', 'Parola'],
      ['bilinmiyor', 'bulunamadı', 'mevcut değil', 'geçersiz', 'devre dışı'],
    ],
    [
      'Chinese',
      ['发件人', '客户端', '主机', '您的服务器', 'IP地址', '收件人域名', '密码', '证书'],
      ['不存在', '未知', '无效', '未找到', '找不到', '被禁用'],
    ],
    [
      'Japanese',
      ['送信元アドレス', 'クライアント', 'ホスト', 'サーバー', 'IPアドレス', '宛先ドメイン', '証明書', '差出人'],
      ['が存在しません', 'が見つかりません', 'が無効です', 'は不明です'],
    ],
    [
      'Korean',
      ['보낸 사람', '클라이언트', '호스트', '서버', 'IP 주소', '수신자 도메인', '인증서'],
      ['없음', '존재하지 않습니다', '찾을 수 없습니다', '정지'],
    ],
  ])('a fault of something that is no mailbox makes no mailbox invalid in %s', (_, things, faults) => {
    const replies = things.flatMap((thing) =>
      faults.flatMap((fault) =>
        ['550', '550 5.1.1', '550 <ada@example.org>:'].map((head) => `${head} ${thing} ${fault}`),
      ),
    );
    expect(replies.filter((raw) => verdictOf(raw) === 'invalid')).toEqual([]);
  });

  test.each([
    '550 host example.org: user unknown',
    '550 User not found in domain example.org',
    '550 No such user (ada) - IP logged',
    '550 5.1.1 The address ada@example.org is not valid on this network',
    '550 5.1.1 RCPT command rejected, no such user',
    '550 5.1.1 User unknown (in reply to RCPT TO command)',
    '550 Benutzer auf diesem Server nicht gefunden',
    '550 ada@example.org: El usuario no existe en este dominio',
    '550 Bu sunucuda kullanıcı bulunamadı',
    '550 Пользователь с таким адресом на этом сервере не найден',
    '550 サーバーにユーザーが存在しません',
  ])('a thing that is only the place of a missing mailbox casts no doubt: %s', (raw) => {
    expect(verdictOf(raw)).toBe('invalid');
  });

  test('a fault of something that is no mailbox is no full mailbox either, but a domain may be full', () => {
    expect(classify('rcpt', replyOf('550 Your IP is over quota')).class).toBe('ip_blocked');
    expect(classify('rcpt', replyOf('552 5.2.2 example.org domain is over quota')).class).toBe('mailbox_full');
  });
});

function replyOf(raw: string): Reply {
  const reply = parseReplyText(raw);
  if (reply === null) throw new Error(`not a reply: ${raw}`);
  return reply;
}

function expectAboutUs(found: ReplyClass): void {
  expect(replyClassRow(found).blame).not.toBe('recipient');
  expect(found).not.toBe('domain_not_found');
}

function verdictOf(raw: string): string {
  const reply = replyOf(raw);
  return reasonRow(reasonOfReply(classify('rcpt', reply).class, reply.code)).verdict;
}
