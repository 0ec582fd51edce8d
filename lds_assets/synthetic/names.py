"""Words the invented people and places are made of."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


FEMALE = _words(
    "Aaliyah Abigail Adaeze Aisha Alice Amara Amelia Amina Ana Anjali Ava Ayesha Beatrice Bukola "
    "Charlotte Chen Chiara Daisy Deborah Dorothy Eleanor Emily Esther Evelyn Farah Fatima Fiona "
    "Freya Gabriela Grace Hannah Harriet Ifeoma Imani Iris Isabella Jasmine Joan Kamala Katarzyna "
    "Khadija Layla Leila Lucy Mabel Margaret Maria Mei Mia Monika Nadia Naomi Nasreen Ngozi Nia "
    "Olivia Patience Patricia Poppy Priya Rachel Rosa Rukhsana Ruth Sadia Saoirse Sarah Shanice "
    "Sofia Sunita Tamara Tanya Uma Victoria Winifred Yasmin Yetunde Zainab Zoe"
)

MALE = _words(
    "Aaron Abdul Adam Adeyemi Ahmed Alan Alfie Ali Andrei Anthony Arjun Arthur Ashok Benjamin "
    "Bilal Bogdan Brian Callum Carlos Chidi Christopher Daniel David Dennis Dmitri Dylan Edward "
    "Elijah Emeka Ethan Ezekiel Farhan Finn Francis Gareth George Hamza Harry Hassan Henry Ibrahim "
    "Imran Isaac Ivan Jack Jacob James Jamal Javier Kenneth Kofi Kwame Leo Leroy Liam Luca Malik "
    "Marcus Mateusz Mohammed Musa Nathan Nikhil Noah Oliver Omar Oscar Pavel Peter Rahul Ravi "
    "Rohan Samuel Sanjay Sebastian Tariq Thomas Tunde Victor Vikram Wei William Xavier Yusuf"
)

SURNAMES = _words(
    "Abara Abbott Adeyinka Ahmadi Akhtar Aldous Allerton Amoah Andersen Appleyard Asante Ashdown "
    "Bains Balogun Bancroft Barrowman Begley Bennet Bhatt Birchall Blackwood Boateng Bramley "
    "Brightwell Brookes Calder Campion Castell Chakraborty Chaudhry Chowdhury Claridge Coleridge "
    "Conteh Copperfield Costa Dalgleish Danso Darzi Demir Desai Dimitrov Drummond Duarte Eastwood "
    "Edeh Ellery Fairweather Farouk Featherstone Fernandes Fitzroy Fonseca Garside Ghosh Goodall "
    "Greenhalgh Grosvenor Gupta Hadley Haider Hakimi Hartley Hawthorne Hossain Hussein Ibe Ikande "
    "Iqbal Jankowski Jaswal Kaplan Kapoor Kavanagh Khalid Kowalczyk Kumar Lachlan Langford "
    "Lovelace Mahmood Malhotra Marlowe Mbeki McAllister Mehta Mensah Merriweather Miah Moncrieff "
    "Montague Nakamura Nasser Ndlovu Netherby Nkemelu Nowakowska Oakeshott Obi Odukoya Okafor "
    "Olatunji Orlowski Osei Owusu Pargeter Patel Pemberton Pereira Pickering Popescu Quaye Quigley "
    "Rahman Ramsbottom Ravenscroft Ribeiro Rosenthal Sandhu Santos Sedgwick Shah Sheikh Silva "
    "Somerville Stavrou Suleiman Sutcliffe Tanaka Tennyson Thackeray Thorne Tran Uddin Underhill "
    "Vasquez Venkat Wainwright Warsame Wetherby Whitlock Winterbourne Wong Yeboah Yilmaz Zaman Zhao"
)

STREETS = _phrases(
    "Acacia Grove|Albion Terrace|Almond Close|Anchor Yard|Baker's Row|Beech Avenue|Bell Lane|"
    "Bishop's Walk|Bluebell Way|Brewer's Lane|Bridge Road|Canal Street|Castle Rise|Cedar Road|"
    "Chapel Street|Cherry Tree Lane|Church Road|Clifton Gardens|Coach House Mews|Coronation Road|"
    "Dock Street|Duke's Avenue|Elm Park|Fairfield Road|Ferry Lane|Field End|Forge Lane|"
    "Garden Row|Gasworks Lane|George Street|Grange Road|Green Lane|Hawthorn Drive|High Road|"
    "Hillside Gardens|Holly Walk|Ivy Court|Jubilee Street|King's Mews|Lake View|Laurel Road|"
    "Library Street|Lime Grove|Lock Keeper's Way|Manor Road|Market Place|Meadow Road|Mill Lane|"
    "Mortimer Road|Nelson Street|New Road|North Circus|Oak Hill|Orchard Street|Palace Road|"
    "Park View|Pear Tree Court|Plane Tree Walk|Poplar Road|Priory Lane|Quarry Road|Queen's Drive|"
    "Railway Terrace|Reservoir Road|River View|Rose Gardens|St Anne's Road|School Lane|"
    "Shepherd's Hill|Spring Gardens|Station Road|Sycamore Avenue|Temple Street|The Crescent|"
    "Tower Road|Union Street|Vale Road|Vicarage Lane|Victoria Road|Walnut Close|Water Lane|"
    "Wharf Road|Willow Bank|Windmill Road|Wood Street|Yew Tree Road"
)

VILLAGES = _phrases(
    "Abbey Fields|Alder Green|Brook End|Chestnut Park|Dovecote|Eastmead|Fern Hill|Goldsmith Park|"
    "Harbour Side|Ivybridge|Kingsmead|Long Acre|Millfields|Northgate|Old Wharf|Paddock Wood|"
    "Quayside|Ridgeway|Southmead|Thornfield|Upper Vale|Westfields"
)

#: Two-letter ends of invented postcodes.
LETTERS = _words(
    "AA AB AD AE AG AH AJ AL AN AP AQ AR BB BD BE BG BH BJ BL DA DB DE DG DH DJ DL DN DP EA EB ED "
    "EF EG EH EJ EL EN EP FA FB FD FE FG HA HB HD HE HF HG HH HJ JA JB JD JE LA LB LD LE NA NB ND "
    "PA PB PD PE QA QB RA RB RD SA SB SD TA TB TD UA UB UD WA WB XA XB YA YB ZA ZB"
)

#: Lower bound of the five-year age band of each percentile of London's residents.
AGE_BANDS = tuple(
    band
    for band, share in (
        (0, 6), (5, 6), (10, 6), (15, 6), (20, 7), (25, 9), (30, 10), (35, 9), (40, 8), (45, 7),
        (50, 6), (55, 6), (60, 5), (65, 3), (70, 2), (75, 2), (80, 1), (85, 1),
    )
    for _ in range(share)
)  # fmt: skip
