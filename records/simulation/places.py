"""Where and what: Gansu's prefectures, kinds of contract, and the words that names are made of."""

from typing import NamedTuple

import numpy as np

from records.simulation.arrays import Floats, Ints
from records.tables import Mechanism


class Prefecture(NamedTuple):
    """A prefecture: GB/T 2260 code, names, seat in degrees, number of counties, share of tenders."""

    code: int
    zh: str
    en: str
    longitude: float
    latitude: float
    counties: int
    weight: float


PREFECTURES = (
    Prefecture(6201, "兰州", "Lanzhou", 103.8, 36.1, 8, 0.24),
    Prefecture(6202, "嘉峪关", "Jiayuguan", 98.3, 39.8, 1, 0.02),
    Prefecture(6203, "金昌", "Jinchang", 102.2, 38.5, 2, 0.03),
    Prefecture(6204, "白银", "Baiyin", 104.1, 36.5, 5, 0.06),
    Prefecture(6205, "天水", "Tianshui", 105.7, 34.6, 7, 0.09),
    Prefecture(6206, "武威", "Wuwei", 102.6, 37.9, 4, 0.06),
    Prefecture(6207, "张掖", "Zhangye", 100.4, 38.9, 6, 0.06),
    Prefecture(6208, "平凉", "Pingliang", 106.7, 35.5, 7, 0.06),
    Prefecture(6209, "酒泉", "Jiuquan", 98.5, 39.7, 7, 0.07),
    Prefecture(6210, "庆阳", "Qingyang", 107.6, 35.7, 8, 0.08),
    Prefecture(6211, "定西", "Dingxi", 104.6, 35.6, 7, 0.07),
    Prefecture(6212, "陇南", "Longnan", 104.9, 33.4, 9, 0.07),
    Prefecture(6229, "临夏", "Linxia", 103.2, 35.6, 8, 0.05),
    Prefecture(6230, "甘南", "Gannan", 102.9, 35.0, 8, 0.04),
)

COUNTY_PREFECTURE: Ints = np.repeat(np.arange(len(PREFECTURES)), [p.counties for p in PREFECTURES])
COUNTY_START: Ints = np.concatenate([[0], np.cumsum([p.counties for p in PREFECTURES])])
COUNTY_CODE: Ints = (
    np.array([p.code for p in PREFECTURES])[COUNTY_PREFECTURE] * 100
    + 2
    + np.arange(COUNTY_PREFECTURE.size)
    - COUNTY_START[COUNTY_PREFECTURE]
)
"""Six digits; county numbers are schematic."""


def county_places() -> Floats:
    """Kilometres east and north of each county, (counties, 2): counties lie on a ring about the seat."""
    seat = np.array([(p.longitude * 91.0, p.latitude * 111.0) for p in PREFECTURES])[COUNTY_PREFECTURE]
    turn = 2.4 * np.arange(COUNTY_PREFECTURE.size)
    return seat + 45.0 * np.column_stack([np.cos(turn), np.sin(turn)])


MECHANISMS = (
    Mechanism.LOWEST,
    Mechanism.MEAN_BENCHMARK,
    Mechanism.SCORED,
    Mechanism.RATE,
    Mechanism.FIXED,
    Mechanism.LOTTERY,
)
LOWEST, MEAN_BENCHMARK, SCORED, RATE, FIXED, LOTTERY = range(6)


class Category(NamedTuple):
    """A kind of contract.

    `share` of tenders; `estimate` median in 10,000 yuan; `entrants` mean number of bids;
    `mechanisms` probabilities in the order of `MECHANISMS`; `works` have priced bills and locks.
    """

    zh: str
    en: str
    share: float
    estimate: float
    entrants: float
    mechanisms: tuple[float, float, float, float, float, float]
    works: bool
    firm_zh: str
    firm_en: str
    objects: tuple[tuple[str, str], ...]
    price_book: bool = False
    thin: bool = False


_WORKS = (0.30, 0.38, 0.27, 0.02, 0.01, 0.02)
_SERVICES = (0.12, 0.12, 0.64, 0.08, 0.04, 0.0)
_GOODS = (0.45, 0.0, 0.55, 0.0, 0.0, 0.0)

CATEGORIES = (
    Category("房屋建筑施工", "building works", 0.20, 1800, 6.5, _WORKS, True, "建设工程", "Construction",
             (("中学教学楼", "school"), ("保障性住房", "social housing"), ("医院综合楼", "hospital"))),
    Category("市政工程施工", "municipal works", 0.15, 1200, 6.5, _WORKS, True, "市政工程", "Municipal Works",
             (("城区道路改造", "road renewal"), ("污水管网", "sewers"), ("集中供热管网", "heating network"))),
    Category("公路工程施工", "road works", 0.12, 2600, 7.0, _WORKS, True, "路桥工程", "Road and Bridge",
             (("县乡公路", "county road"), ("通村公路", "village road"), ("桥梁加固", "bridge repair"))),
    Category("水利工程施工", "water works", 0.11, 900, 6.0, _WORKS, True, "水利水电", "Water Engineering",
             (("灌区改造", "irrigation renewal"), ("河堤治理", "embankment"), ("农村饮水", "rural water"))),
    Category("工程监理", "works supervision", 0.09, 90, 5.0, _SERVICES, False, "工程监理", "Supervision",
             (("学校工程监理", "school supervision"), ("道路工程监理", "road supervision"))),
    Category("勘察设计", "survey and design", 0.08, 130, 4.8, _SERVICES, False, "勘测设计", "Design",
             (("初步设计", "preliminary design"), ("地质勘察", "geological survey"))),
    Category("设备采购", "equipment", 0.12, 320, 4.8, _GOODS, False, "机电设备", "Equipment",
             (("实验设备", "laboratory equipment"), ("信息化设备", "IT equipment"), ("泵站设备", "pumps"))),
    Category("药品耗材采购", "medicines", 0.07, 160, 5.0, (0.75, 0.0, 0.25, 0.0, 0.0, 0.0), False, "医药",
             "Pharma", (("常用药品", "common medicines"), ("医用耗材", "consumables")), price_book=True),
    Category("文物保护工程", "heritage works", 0.06, 420, 4.0, (0.4, 0.0, 0.6, 0.0, 0.0, 0.0), False,
             "文物保护工程", "Heritage Works", (("石窟保护", "grottoes"), ("古建筑修缮", "old buildings")),
             thin=True),
)  # fmt: skip

BRAND_ZH = (
    "祁源陇恒泰河瑞西鼎宏丰兴康安盛华诚信远景达通汇金玉川岳山岭天明光辉耀龙凤麒祥和顺德仁义睿博创新拓启航"
)
BRAND_EN = (
    "Qi Yuan Long Heng Tai He Rui Xi Ding Hong Feng Xing Kang An Sheng Hua Cheng Xin "
    "Yuan Jing Da Tong Hui Jin Yu Chuan Yue Shan Ling Tian Ming Guang Hui Yao Long Feng "
    "Qi Xiang He Shun De Ren Yi Rui Bo Chuang Xin Tuo Qi Hang"
)
"""Syllables of firm names with their pinyin; every name is fictitious."""

BUYERS = (
    ("住房和城乡建设局", "Housing Bureau"),
    ("交通运输局", "Transport Bureau"),
    ("水务局", "Water Bureau"),
    ("教育局", "Education Bureau"),
    ("人民医院", "People's Hospital"),
    ("城市建设投资公司", "Urban Investment"),
    ("公共资源服务站", "Public Services"),
)
